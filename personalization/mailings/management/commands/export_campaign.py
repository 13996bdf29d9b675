"""`manage.py export_campaign ID --file parquet --out PATH`: a campaign for a mailer that is not ours."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from personalization.mailings.models import Campaign
from personalization.mailings.services.export import FORMATS, export_campaign


class Command(BaseCommand):
    help = "Writes one row for each address of a campaign's audience, with its products and copy."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("campaign", help="The campaign's id.")
        parser.add_argument("--file", choices=FORMATS, default="csv")
        parser.add_argument("--out", help="Where to write; campaign-ID.csv here unless told.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            campaign = Campaign.objects.select_related("workspace").get(pk=options["campaign"])
        except (Campaign.DoesNotExist, ValueError) as error:
            raise CommandError(f"There is no campaign {options['campaign']}.") from error
        path = Path(options["out"] or f"campaign-{campaign.pk}.{options['file']}")
        count = export_campaign(campaign, path=path, format=options["file"])
        self.stdout.write(f"{count:,} rows in {path}")
