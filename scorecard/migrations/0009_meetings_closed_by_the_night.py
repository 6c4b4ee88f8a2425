from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A meeting that nobody closed ends without anybody in ``closed_by``."""

    dependencies = [("scorecard", "0008_unmet_of_signal")]

    operations = [
        migrations.RemoveConstraint(model_name="meeting", name="held_meeting_has_a_closer"),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False)
                | ~Q(status="closed") & Q(closed_at=None, closed_by=None),
                name="held_meeting_has_an_end",
            ),
        ),
    ]
