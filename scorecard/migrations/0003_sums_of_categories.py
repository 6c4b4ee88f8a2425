from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('scorecard', '0002_week_changed_on'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='weekfact',
            name='total_has_no_category',
        ),
    ]
