"""`manage.py import_products`."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from tests.omotenashi.catalog.feeds import SHOP, tsv

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    file = tmp_path / "shop.tsv"
    file.write_bytes(tsv([*SHOP, {"id": "bad", "title": "A", "price": "cheap"}]))
    return file


def run(file: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_products", str(file), "--format", "google-tsv", *options, stdout=out)
    return out.getvalue()


def test_it_sums_up_what_became_of_the_rows(workspace: Workspace, feed: Path) -> None:
    told = run(feed, "--workspace", workspace.slug)
    assert "read 4  created 3  updated 0  unchanged 0  left out 1" in told
    assert "bad_price 1" in told
    assert "row 5, price: 'cheap' is not a price" in told


def test_it_needs_no_workspace_where_there_is_one(workspace: Workspace, feed: Path) -> None:
    run(feed, "--dry-run")
    assert not Product.objects.exists()


def test_it_names_the_workspaces_there_are(
    workspace: Workspace, other_workspace: Workspace, feed: Path
) -> None:
    with pytest.raises(CommandError, match=r"Name the workspace.*rival, tansu"):
        run(feed)
    with pytest.raises(CommandError, match=r"no workspace 'nobody'"):
        run(feed, "--workspace", "nobody")


def test_it_fails_only_when_nothing_could_be_read(workspace: Workspace, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tsv"
    broken.write_bytes(b"sku\tname\n1\tCup\n")
    with pytest.raises(CommandError, match=r"Wanted: id, title, price.*Found: sku, name"):
        run(broken)
    with pytest.raises(CommandError, match="Give the path"):
        run(tmp_path / "absent.tsv")
