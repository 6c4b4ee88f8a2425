import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketing", "0004_demand_fits"),
        ("planning", "0006_consensus_and_buying"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="buyline", name="buy_by_status"),
        migrations.AlterField(
            model_name="buyline",
            name="approved_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="buyline",
            name="door",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.door",
            ),
        ),
        migrations.AlterField(
            model_name="buyline",
            name="plan",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="planning.buyplan",
            ),
        ),
        migrations.AlterField(
            model_name="buyline",
            name="product",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.product",
            ),
        ),
        migrations.AddIndex(
            model_name="buyline",
            index=models.Index(
                condition=models.Q(
                    models.Q(("status", "proposed"), _negated=True),
                    ("edited_units__isnull", False),
                    _connector="OR",
                ),
                fields=["status", "product"],
                name="buy_touched",
            ),
        ),
    ]
