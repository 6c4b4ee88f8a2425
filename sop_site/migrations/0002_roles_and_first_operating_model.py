"""The roles' groups, and the operating model's first version."""

from datetime import date

from django.db import migrations


def create(apps, schema_editor):
    from sop_site.access.roles import Role

    group = apps.get_model("auth", "Group")
    for role in Role:
        group.objects.get_or_create(name=role.value)
    apps.get_model("sop_site", "OperatingModel").objects.create(
        version=1, effective_from=date(1990, 1, 1), note="The values Bridge starts with."
    )


class Migration(migrations.Migration):
    dependencies = [("sop_site", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
