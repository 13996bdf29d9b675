"""A campaign may go out at the hour at which each recipient is most likely to look."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailings", "0008_have_subject_lines_written"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="by_best_hour",
            field=models.BooleanField(
                default=False,
                help_text="Send within a day of this hour, when each recipient is most likely to look.",
            ),
        ),
    ]
