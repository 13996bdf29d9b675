"""A variant may carry another approved text, and each message says which version it carried."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mailings", "0006_choose_who_receives_it")]

    operations = [
        migrations.AddField(
            model_name="campaigncopy",
            name="variant",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Name of the variant that carries it. Empty: all that have none of their own.",
                max_length=20,
            ),
        ),
        migrations.AlterModelOptions(
            name="campaigncopy",
            options={
                "ordering": ["variant", "locale"],
                "verbose_name": "copy",
                "verbose_name_plural": "copy",
            },
        ),
        migrations.RemoveConstraint(model_name="campaigncopy", name="campaigncopy_once_per_locale"),
        migrations.AddConstraint(
            model_name="campaigncopy",
            constraint=models.UniqueConstraint(
                fields=("campaign", "variant", "locale"), name="campaigncopy_once_per_locale"
            ),
        ),
        migrations.AddField(model_name="message", name="copy_version_id", field=models.UUIDField(null=True)),
    ]
