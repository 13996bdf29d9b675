"""One contract, two paths: the plain view, and the hot path of a real web server."""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from omotenashi import marks
from omotenashi.accounts.models import ApiKey, Workspace
from omotenashi.accounts.services import create_api_key, revoke_api_key
from omotenashi.api.limits import bucket_of
from omotenashi.catalog.models import Product
from omotenashi.catalog.services import set_stock
from omotenashi.local.ports import pick_free_port
from personalization.answers.exposures import store_exposures
from personalization.models import Customer, Placement, Recommendation
from tests.personalization.conftest import ids_of
from tests.personalization.test_placement_pages import form

ROOT = Path(__file__).resolve().parents[2]
PATH = "/v1/recommendations"
NOWHERE = "redis://127.0.0.1:1/0"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found


class Server:
    """The web process as `make run` starts it, over the test's database."""

    def __init__(self, **environment: str) -> None:
        given = settings.DATABASES["default"]
        login = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}"
        place = f"{given['HOST']}:{given['PORT']}/{given['NAME']}"
        self.port = pick_free_port((), avoid=set())
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "rsgi", "--http", "1", "--no-log"),
                *("--port", str(self.port), "personalization.web:application"),
            ],
            cwd=ROOT,
            env=os.environ
            | {
                "DATABASE_URL": f"postgres://{login}@{place}",
                "REDIS_URL": settings.REDIS_URL,
                "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
                "RECOMMENDATION_SECONDS": "60",
                "LOG_LEVEL": "ERROR",
            }
            | environment,
        )

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        conversation = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            conversation.request(method, path, body=body, headers=headers)
            answer = conversation.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, named, answer.read())
        finally:
            conversation.close()

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.ask("GET", "/livez", None, {})
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the web server did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Server]:
    running = Server()
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture(autouse=True)
def _keeps_answers(settings: Any, transactional_db: None) -> None:
    settings.RECOMMENDATION_SECONDS = 60


def ask_plain(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
    kind = headers.get("Content-Type", "application/octet-stream")
    answer = Client(raise_request_exception=False).generic(
        method, path, body or b"", content_type=kind, headers=headers
    )
    named = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(answer.status_code, named, answer.content)


Path_ = Callable[..., Reply]


@pytest.fixture(params=["plain", "hot"])
def path(request: pytest.FixtureRequest, server: Server) -> Path_:
    return ask_plain if request.param == "plain" else server.ask


def post(path: Path_, key: str, body: Any, **headers: str) -> Reply:
    given = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **headers}
    return path("POST", PATH, body if isinstance(body, bytes) else json.dumps(body).encode(), given)


def track(path: Path_, key: str, event: str, **body: Any) -> None:
    given = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    reply = path("POST", "/v1/track", json.dumps({"event": event, **body}).encode(), given)
    assert reply.status == 200, reply.body


def bought(number: str, *product_ids: str) -> dict[str, Any]:
    return {
        "order_id": number,
        "products": [{"product_id": name, "price": 10, "quantity": 1} for name in product_ids],
    }


# The contract


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "Api-Key"])
def test_it_answers_an_active_key(path: Path_, shelf: list[Product], publishable_key: str, kind: str) -> None:
    reply = post(path, publishable_key, {"customer_id": "kim"}, Authorization=f"{kind} {publishable_key}")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert len(reply.json["items"]) == 10


REFUSED = {
    "no key": (401, {"Authorization": ""}, b"{}"),
    "an unknown key": (401, {"Authorization": "Bearer sk_live_unknown"}, b"{}"),
    "JSON that cannot be read": (400, {}, b'{"customer_id": '),
    "a list": (422, {}, b"[]"),
    "a count of nothing": (422, {}, b'{"count": 0}'),
    "an unknown name in the context": (422, {}, b'{"context": {"basket": ["p1"]}}'),
    "an unknown placement": (422, {}, b'{"placement": "nowhere"}'),
    "another media type": (415, {"Content-Type": "text/csv"}, b"customer_id"),
    "an answer in another form": (406, {"Accept": "text/csv"}, b"{}"),
    "a body without end": (413, {}, b'{"exclude": ["' + b"x" * 5_100_000 + b'"]}'),
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_it_refuses_in_the_same_words_on_both_paths(
    server: Server, shelf: list[Product], secret_key: str, case: str
) -> None:
    status, headers, body = REFUSED[case]
    plain, hot = (post(path, secret_key, body, **headers) for path in (ask_plain, server.ask))
    assert (plain.status, hot.status) == (status, status)
    assert plain.headers["content-type"] == hot.headers["content-type"] == "application/problem+json"
    assert {**hot.json, "request_id": ""} == {**plain.json, "request_id": ""}


def test_it_refuses_a_key_without_the_scope(path: Path_, workspace: Workspace) -> None:
    key = create_api_key(workspace, kind="secret", name="narrow", scopes=["catalog:read"])[1]
    assert post(path, key, {}).status == 403


def test_it_refuses_a_key_from_the_moment_it_is_revoked(
    path: Path_, shelf: list[Product], workspace: Workspace
) -> None:
    key, plain = create_api_key(workspace, kind="secret", name="short")
    assert post(path, plain, {"customer_id": "kim"}).status == 200
    assert post(path, plain, {"customer_id": "kim"}).status == 200
    revoke_api_key(key)
    assert post(path, plain, {"customer_id": "kim"}).status == 401


def test_it_shows_no_workspace_another_s_products(
    path: Path_, shelf: list[Product], secret_key: str, other_workspace: Workspace
) -> None:
    outsider = create_api_key(other_workspace, kind="secret", name="server")[1]
    assert len(post(path, secret_key, {"customer_id": "kim"}).json["items"]) == 10
    assert post(path, outsider, {"customer_id": "kim"}).json["items"] == []


def test_it_echoes_the_request_id_or_makes_one(path: Path_, shelf: list[Product], secret_key: str) -> None:
    for _ in range(2):  # a new answer, then the kept one
        reply = post(path, secret_key, {}, **{"X-Request-ID": "shop-page-0001"})
        assert reply.headers["x-request-id"] == "shop-page-0001"
        made = post(path, secret_key, {}, **{"X-Request-ID": "<no>"}).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f-]{36}", made)


def test_it_says_what_is_left_of_the_limit(path: Path_, shelf: list[Product], secret_key: str) -> None:
    first, second = (post(path, secret_key, {"customer_id": "kim"}).headers for _ in range(2))
    assert first["ratelimit-policy"] == '"default";q=60000;w=60'
    assert int(first["x-ratelimit-remaining"]) >= int(second["x-ratelimit-remaining"]) >= 59_000
    assert second["ratelimit"] == (
        f'"default";r={second["x-ratelimit-remaining"]};t={second["x-ratelimit-reset"]}'
    )


def test_it_answers_429_when_the_limit_is_spent(path: Path_, shelf: list[Product], secret_key: str) -> None:
    assert post(path, secret_key, {"customer_id": "kim"}).status == 200
    full_at = int((time.time() + 90) * 1_000_000)
    marks.valkey().set(bucket_of(ApiKey.objects.get()), full_at)
    refused = post(path, secret_key, {"customer_id": "kim"})
    assert (refused.status, refused.json["code"]) == (429, "throttled")
    assert 28 <= int(refused.headers["retry-after"]) <= 31
    assert refused.headers["x-ratelimit-remaining"] == "0"


def test_it_reads_an_address_like_a_body(path: Path_, shelf: list[Product], secret_key: str) -> None:
    address, given = f"{PATH}?customer_id=kim&placement=home&count=3", f"Bearer {secret_key}"
    by_address = path("GET", address, None, {"Authorization": given})
    by_body = post(path, secret_key, {"customer_id": "kim", "placement": "home", "count": 3})
    assert by_address.status == 200
    assert by_address.body == by_body.body


# Kept answers


def test_it_gives_the_same_bytes_on_both_paths(server: Server, shelf: list[Product], secret_key: str) -> None:
    asked = {"customer_id": "kim", "context": {"product_ids": ["p2"]}}
    given = [post(path, secret_key, asked) for path in (server.ask, ask_plain, server.ask, ask_plain)]
    assert len({reply.body for reply in given}) == 1
    assert Recommendation.objects.count() == 1
    # Django's middleware names the language; the hot path never passes it.
    assert ["content-language" in reply.headers for reply in given] == [False, True, False, True]


def test_it_keeps_no_answer_of_a_dry_run(path: Path_, shelf: list[Product], secret_key: str) -> None:
    replies = [post(path, secret_key, {"customer_id": "kim", "dry_run": True}).json for _ in range(2)]
    assert [reply["recommendation_id"] for reply in replies] == [None, None]
    assert not Recommendation.objects.exists()


def test_it_counts_each_exposure_once(path: Path_, shelf: list[Product], secret_key: str) -> None:
    served = {post(path, secret_key, {"customer_id": "kim"}).json["recommendation_id"] for _ in range(5)}
    assert len(served) == 1
    assert (store_exposures(), store_exposures()) == (4, 0)
    assert Recommendation.objects.get(id=served.pop()).exposures == 5


def test_it_adds_a_batch_of_exposures_only_once(shelf: list[Product], secret_key: str) -> None:
    """A run that was killed after the commit left its batch in Valkey."""
    for _ in range(3):
        post(ask_plain, secret_key, {"customer_id": "kim"})
    keep = marks.valkey()
    batch, waiting = "019c0000-0000-7000-8000-000000000001", "omotenashi:exposures:waiting"
    keep.copy("omotenashi:exposures", f"omotenashi:exposures:batch:{batch}")
    keep.sadd(waiting, batch)
    keep.delete("omotenashi:exposures")
    keep.copy(f"omotenashi:exposures:batch:{batch}", "saved")
    assert store_exposures() == 2
    keep.rename("saved", f"omotenashi:exposures:batch:{batch}")
    keep.sadd(waiting, batch)
    assert store_exposures() == 0
    assert Recommendation.objects.get().exposures == 3


def change_stock(workspace: Workspace, product: Product) -> None:
    set_stock(workspace, external_id=product.external_id, stock=0)


def change_placement(workspace: Workspace, product: Product) -> None:
    Placement.objects.create(workspace=workspace, key="home", settings={"count": 3})
    marks.touch_workspace(workspace.id)


@pytest.mark.parametrize("change", [change_stock, change_placement])
def test_it_answers_anew_after_a_change(
    path: Path_, shelf: list[Product], secret_key: str, workspace: Workspace, change: Callable[..., None]
) -> None:
    before = post(path, secret_key, {"customer_id": "kim"})
    change(workspace, shelf[0])
    after = post(path, secret_key, {"customer_id": "kim"})
    assert after.json["recommendation_id"] != before.json["recommendation_id"]
    assert ids_of(after.json) != ids_of(before.json)


def test_it_answers_anew_when_something_is_edited_in_the_studio(
    path: Path_, shelf: list[Product], secret_key: str, admin_client: Client
) -> None:
    before = post(path, secret_key, {"customer_id": "kim"})
    saved = admin_client.post("/studio/personalization/placement/add/", form(count="2"))
    assert saved.status_code == 302, saved.content
    after = post(path, secret_key, {"customer_id": "kim"}).json
    assert (len(before.json["items"]), len(after["items"])) == (10, 2)


@pytest.mark.parametrize(
    ("asked", "event"),
    [
        ({"customer_id": "kim"}, {"userId": "kim"}),
        ({"anonymous_id": "v1"}, {"anonymousId": "v1"}),
        ({"anonymous_id": "v1"}, {"userId": "kim"}),
        ({"customer_id": "kim"}, {"anonymousId": "v1"}),
        ({"anonymous_id": "v2"}, {"anonymousId": "v1"}),
    ],
    ids=str,
)
def test_it_answers_anew_after_an_order_under_any_of_a_person_s_ids(
    path: Path_, shelf: list[Product], secret_key: str, asked: dict[str, str], event: dict[str, str]
) -> None:
    for visitor in ("v1", "v2"):
        track(ask_plain, secret_key, "Product Viewed", userId="kim", anonymousId=visitor, properties={})
    assert "p3" in ids_of(post(path, secret_key, asked).json)
    assert "p3" in ids_of(post(path, secret_key, asked).json)
    track(ask_plain, secret_key, "Order Completed", properties=bought("o-1", "p3"), **event)
    assert "p3" not in ids_of(post(path, secret_key, asked).json)


def test_it_answers_anew_when_somebody_else_cancels_the_order(
    path: Path_, shelf: list[Product], secret_key: str
) -> None:
    track(ask_plain, secret_key, "Order Completed", userId="kim", properties=bought("o-1", "p3"))
    assert "p3" not in ids_of(post(path, secret_key, {"customer_id": "kim"}).json)
    track(ask_plain, secret_key, "Order Cancelled", userId="support", properties={"order_id": "o-1"})
    assert "p3" in ids_of(post(path, secret_key, {"customer_id": "kim"}).json)


def test_it_answers_anew_when_a_visitor_turns_out_to_be_a_customer(
    path: Path_, shelf: list[Product], secret_key: str
) -> None:
    track(ask_plain, secret_key, "Order Completed", userId="kim", properties=bought("o-1", "p3"))
    assert "p3" in ids_of(post(path, secret_key, {"anonymous_id": "v9"}).json)
    track(ask_plain, secret_key, "Product Viewed", userId="kim", anonymousId="v9", properties={})
    assert "p3" not in ids_of(post(path, secret_key, {"anonymous_id": "v9"}).json)


def test_it_answers_anew_after_valkey_has_lost_everything(
    path: Path_, shelf: list[Product], secret_key: str
) -> None:
    before = post(path, secret_key, {"customer_id": "kim"}).json["recommendation_id"]
    marks.valkey().flushall()
    assert post(path, secret_key, {"customer_id": "kim"}).json["recommendation_id"] != before


def test_it_trusts_no_answer_of_valkey_s_earlier_life(
    path: Path_, shelf: list[Product], secret_key: str
) -> None:
    """Started anew, it has its old data, no scripts, and perhaps no mark of what happened meanwhile."""
    before = post(path, secret_key, {"customer_id": "kim"}).json["recommendation_id"]
    marks.valkey().script_flush()
    assert post(path, secret_key, {"customer_id": "kim"}).json["recommendation_id"] != before


# Under load


def test_it_never_shows_what_was_bought_or_sold_out_before_the_question(
    server: Server, shelf: list[Product], secret_key: str, workspace: Workspace
) -> None:
    """Buyers on one side, a stock keeper on the other, both through two processes; each 2xx must count."""
    faults: list[str] = []

    def buy(person: int, path: Path_, other: Path_) -> None:
        for number in range(8):
            wanted = f"p{number}"
            track(path, secret_key, "Order Completed", userId=f"c{person}", messageId=f"m{person}-{number}",
                  properties=bought(f"o{person}-{number}", wanted))  # fmt: skip
            for asked in (other, path):
                shown = ids_of(post(asked, secret_key, {"customer_id": f"c{person}"}).json)
                if set(shown) & {f"p{past}" for past in range(number + 1)}:
                    faults.append(f"c{person} bought {wanted} and saw {shown}")
        connection.close()

    def keep_stock() -> None:
        for turn in range(30):
            stock = 0 if turn % 2 == 0 else 5
            body = json.dumps({"stock": stock}).encode()
            given = {"Authorization": f"Bearer {secret_key}", "Content-Type": "application/json"}
            done = server.ask("PATCH", "/v1/products/p9", body, given)
            assert done.status == 200, done.body
            if stock == 0:
                for asked in (ask_plain, server.ask):
                    shown = ids_of(post(asked, secret_key, {"customer_id": "watcher"}).json)
                    if "p9" in shown:
                        faults.append(f"sold out, and shown: {shown}")
        connection.close()

    ways = [(server.ask, ask_plain), (ask_plain, server.ask)] * 2
    people = [threading.Thread(target=buy, args=(number, *way)) for number, way in enumerate(ways)]
    everybody = [*people, threading.Thread(target=keep_stock)]
    for thread in everybody:
        thread.start()
    for thread in everybody:
        thread.join()
    assert faults == []
    assert Customer.objects.for_workspace(workspace).filter(external_id__startswith="c").count() == 4


# Without Valkey


def test_it_still_answers_and_obeys_when_valkey_is_away(
    shelf: list[Product], secret_key: str, settings: Any
) -> None:
    alone = Server(REDIS_URL=NOWHERE)
    settings.REDIS_URL = NOWHERE
    marks.valkey.cache_clear()
    try:
        alone.wait()
        for path in (ask_plain, alone.ask):
            asked = {"customer_id": f"kim-{urlsplit(NOWHERE).port}-{path is ask_plain}"}
            first = post(path, secret_key, asked)
            assert first.status == 200
            assert "ratelimit" not in first.headers
            wanted = ids_of(first.json)[0]
            track(path, secret_key, "Order Completed", userId=asked["customer_id"],
                  properties=bought(f"o-{path is ask_plain}", wanted))  # fmt: skip
            assert wanted not in ids_of(post(path, secret_key, asked).json)
    finally:
        alone.stop()
        marks.valkey.cache_clear()
