from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('planning', '0008_remark_style_and_raises'),
    ]

    operations = [
        migrations.AlterField(
            model_name='recalculationrun',
            name='scope',
            field=models.CharField(choices=[('edit', 'After an edit'), ('sweep', 'Sweep of what was left'), ('nightly', 'Nightly, everything'), ('model', 'Under a new operating model')], max_length=12),
        ),
    ]
