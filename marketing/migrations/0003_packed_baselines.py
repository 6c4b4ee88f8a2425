import numpy as np
from django.db import migrations, models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

import marketing.baseline.vectors

# PostgreSQL cannot cast bytes to a float: this takes the four bytes of a float32 apart.
READ_FLOAT = """
CREATE FUNCTION marketing_packed_float(packed bytea, place int) RETURNS real
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE
        WHEN exponent = 0 THEN sign * fraction / 8388608 * 2 ^ (-126)
        ELSE sign * (1 + fraction / 8388608) * 2 ^ (exponent - 127)
    END::real
    FROM (
        SELECT (CASE WHEN bits >> 31 = 1 THEN -1 ELSE 1 END)::float8 AS sign,
            (bits >> 23 & 255)::float8 AS exponent, (bits & 8388607)::float8 AS fraction
        FROM (
            SELECT get_byte(packed, 4 * place)::bigint | (get_byte(packed, 4 * place + 1)::bigint << 8)
                | (get_byte(packed, 4 * place + 2)::bigint << 16)
                | (get_byte(packed, 4 * place + 3)::bigint << 24)
                AS bits
        ) AS whole
    ) AS parts
$$
"""
SHOW_WEEKS = """
CREATE VIEW marketing_baseline_weeks AS
SELECT product.sku, door.code AS door, baseline.first_week_start + 7 * place AS week_start,
    marketing_packed_float(baseline.weekly_units, place) AS units, baseline.product_id, baseline.door_id
FROM marketing_baselineforecast baseline
JOIN marketing_product product ON product.id = baseline.product_id
JOIN marketing_door door ON door.id = baseline.door_id
CROSS JOIN LATERAL generate_series(0, octet_length(baseline.weekly_units) / 4 - 1) AS place
"""


def pack(apps, schema_editor):
    """Keep the baselines there are; a shorter one goes on at its last week."""
    weeks = marketing.baseline.vectors.FORECAST_WEEKS
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, unpacked_units FROM marketing_baselineforecast")
        rows = cursor.fetchall()
        cursor.executemany(
            "UPDATE marketing_baselineforecast SET weekly_units = %s WHERE id = %s",
            [
                (marketing.baseline.vectors.packed(np.pad(units, (0, max(0, weeks - len(units))), "edge")[:weeks]), pk)
                for pk, units in rows
            ],
        )


class Migration(migrations.Migration):
    dependencies = [("marketing", "0002_initial")]

    operations = [
        migrations.RenameField("baselineforecast", "weekly_units", "unpacked_units"),
        migrations.AddField(
            "baselineforecast",
            "weekly_units",
            marketing.baseline.vectors.WeeklyUnitsField(null=True),
        ),
        migrations.RunPython(pack, migrations.RunPython.noop),
        # What is deferred by the rows just written must be done before the table changes.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveField("baselineforecast", "unpacked_units"),
        migrations.AlterField(
            "baselineforecast", "weekly_units", marketing.baseline.vectors.WeeklyUnitsField()
        ),
        migrations.AddConstraint(
            "baselineforecast",
            models.CheckConstraint(
                condition=Exact(
                    Length("weekly_units"), marketing.baseline.vectors.PACKED_BYTES
                ),
                name="baseline_has_all_weeks",
            ),
        ),
        migrations.RunSQL(READ_FLOAT, "DROP FUNCTION marketing_packed_float(bytea, int)"),
        migrations.RunSQL(SHOW_WEEKS, "DROP VIEW marketing_baseline_weeks"),
    ]
