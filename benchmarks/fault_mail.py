"""`python -m benchmarks.fault_mail`: no mail twice, none lost in silence, whatever dies.

Real mail workers send to a relay that writes down, durably, what it takes, through a proxy that answers 421,
451, 450 and 550, cuts lines in the middle of a mail, after the dot and before its answer, falls silent, or
drips. All the while workers die of `kill -9` at every boundary of the state machine and at random;
schedulers (two at once), Valkey (also emptied) and PostgreSQL die too, and the campaign is paused and
resumed.

1. plain SMTP: 0 duplicates, 0 lost; in doubt at most one for each open line and kill, and one for each line
that
   the proxy cut or silenced around the dot; each is listed with what is known
2. a relay that drops what it has seen, with half as many of both: 0 duplicates, 0 lost, 0 in doubt
3. the control, a Celery task that sends (acks_late, reject_on_worker_lost): must lose or double

Exit 0 only when all three hold. A private PostgreSQL (fsync on) and Valkey under var/fault-mail.
"""

import argparse
import json
import os
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VAR = Path(__file__).resolve().parents[1] / "var" / "fault-mail"
WORKERS, LANES, CONNECTIONS = 2, 2, 4
SECONDS_PER_KILL = 2.2
"""The relay takes mails so fast that the last kill comes before the last mail."""
LEAST_PER_SECOND = 5.0
"""And never so slowly that a line loses its patience while the others are served."""
PARTS = ("plain", "dedup", "control")
AROUND_THE_DOT = ("cut_after", "cut_dot", "halt", "drip", "late")


@dataclass(frozen=True)
class Plan:
    name: str
    recipients: int
    kills: int
    seed: int
    deduplicates: bool
    fault_share: float = 0.1
    patience: float = 600.0

    @property
    def server_kills(self) -> int:
        """Of each server, and pauses and scheduler deaths: one for each ten workers, but one at least."""
        return max(1, min(50, self.kills // 10))


def main() -> None:
    given = _options()
    started = time.monotonic()
    for part in (given.only,) if given.only else PARTS:
        shutil.rmtree(VAR / "run" / part, ignore_errors=True)
    os.environ |= _environment()
    from omotenashi.local.servers import LocalServers  # reads OMOTENASHI_VAR

    print(
        f"seed {given.seed}: {given.recipients:,} recipients, {given.kills} kills of mail workers", flush=True
    )
    sound = True
    with LocalServers(VAR, durable=True) as servers:
        _prepare()
        for deduplicates in (False, True):
            name = "a relay that deduplicates" if deduplicates else "plain SMTP"
            if given.only in ("", "dedup" if deduplicates else "plain"):
                share = 2 if deduplicates else 1
                plan = Plan(
                    name,
                    given.recipients // share,
                    given.kills // share,
                    given.seed + deduplicates,
                    deduplicates,
                )
                sound = run(plan, servers=servers) and sound
        if not given.only or given.only == "control":
            from benchmarks.mail_fault.control import run_control

            sound = run_control(servers, folder=VAR / "run" / "control", seed=given.seed) and sound
    print(f"{'PASS' if sound else 'FAIL'} in {time.monotonic() - started:.0f} s", flush=True)
    sys.exit(0 if sound else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipients", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=30, help="of mail workers")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--long", action="store_true", help="100,000 recipients, 1,000 kills")
    parser.add_argument("--only", choices=PARTS, default="")
    given = parser.parse_args()
    if given.long:
        given.recipients, given.kills = 100_000, 1_000
    return given


def _environment() -> dict[str, str]:
    return {
        "OMOTENASHI_VAR": str(VAR),
        "DJANGO_SETTINGS_MODULE": "omotenashi.settings",
        "LOG_LEVEL": "WARNING",
        "MAIL_LANES": str(LANES),
        "MAIL_CONNECTIONS": str(CONNECTIONS),
        "MAIL_RETRY_SECONDS": "1",
        "EMAIL_TIMEOUT_SECONDS": "6",
    }


def _prepare() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


# -- one run ---------------------------------------------------------------------------------


def run(plan: Plan, *, servers: Any) -> bool:
    from benchmarks.mail_fault.count import account

    folder = VAR / "run" / ("dedup" if plan.deduplicates else "plain")
    folder.mkdir(parents=True)
    began = time.monotonic()
    campaign = make_campaign(plan)
    with _crew(plan, folder=folder, servers=servers) as (crew, sink):
        events = Events(
            plan, servers=servers, crew=crew, campaign=campaign, sink=sink, log=folder / "sink.txt"
        )
        events.until_sent()
        workers = events.workers
    from personalization.mailings.models import Message

    fields = ("message_id_header", "state", "reason")
    rows = Message.objects.filter(campaign_id=campaign.pk).values_list(*fields)
    found = account(rows, recipients=plan.recipients, log=folder / "sink.txt")
    faults = Counter((folder / "faults.txt").read_text().split())
    return _report(
        plan, found, faults=faults, died=workers.died, events=events, seconds=time.monotonic() - began
    )


@contextmanager
def _crew(plan: Plan, *, folder: Path, servers: Any) -> Iterator[tuple[Any, Any]]:
    from benchmarks.mail_fault.crew import Crew
    from omotenashi.local.ports import pick_free_port

    ports = [pick_free_port((), avoid=set())]
    ports.append(pick_free_port((), avoid=set(ports)))
    environment = {
        "EMAIL_URL": f"smtp://127.0.0.1:{ports[1]}",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    if plan.deduplicates:
        environment["EMAIL_IDEMPOTENCY_HEADER"] = "X-Idempotency-Key"
    crew = Crew(folder, environment)
    try:
        sink = crew.start(
            "sink", "-m", "benchmarks.mail_fault.sink", str(ports[0]), str(folder / "sink.txt"),
            *(["--deduplicates"] if plan.deduplicates else []), pipe=True,
        )  # fmt: skip
        (folder / "faults.txt").touch()
        crew.start(
            "proxy",
            "-m",
            "benchmarks.mail_fault.proxy",
            str(ports[1]),
            str(ports[0]),
            str(folder / "faults.txt"),
            str(plan.seed),
            str(plan.fault_share),
        )
        for number in range(2):
            start_scheduler(crew, number)
        start_batch(crew)
        yield crew, sink
    finally:
        crew.stop()


def start_scheduler(crew: Any, number: int) -> None:
    beat = (
        "-m",
        "celery",
        "--quiet",
        "-A",
        "workers.celery_app",
        "beat",
        "--scheduler",
        "celery.beat:Scheduler",
    )
    crew.start(f"scheduler-{number}", *beat)


def start_batch(crew: Any) -> None:
    alone = ("--without-gossip", "--without-mingle", "--pool=solo", "-n", "batch@%h")
    crew.start(
        "batch",
        "-m",
        "celery",
        "--quiet",
        "-A",
        "workers.celery_app",
        "worker",
        "-Q",
        "embed,batch,default",
        *alone,
    )


def make_campaign(plan: Plan) -> Any:
    """A workspace of its own, its customers, and a campaign that is due now."""
    from django.db import connection
    from django.utils import timezone

    from omotenashi.accounts.services import create_workspace
    from personalization.mailings import services
    from personalization.mailings.engine.render import TemplateSource

    slug = f"fault-{time.time_ns()}"
    workspace = create_workspace(
        name="Fault",
        slug=slug,
        default_locale="en",
        locales=["en", "de", "ja"],
        sender_email="hello@fault.example",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _CUSTOMERS, {"workspace": workspace.pk, "count": plan.recipients, "now": timezone.now()}
        )
        cursor.execute(_CONSENTS, {"workspace": workspace.pk, "now": timezone.now()})
    mjml = (
        "<mjml><mj-body><mj-section><mj-column><mj-text>Dear {{ customer.first_name }}, "
        '<a href="{{ unsubscribe_url }}">no more</a></mj-text></mj-column></mj-section></mj-body></mjml>'
    )
    source = TemplateSource(
        mjml=mjml, subject={"en": "Hello {{ customer.first_name }}"}, preheader={"en": "Hello"}
    )
    version = services.create_template(workspace, name="fault", source=source)
    campaign = services.create_campaign(
        workspace, name="Fault run", template_version=version, product_count=0, max_bounce_percent=50
    )
    return services.schedule(campaign)


# Two in a hundred do not exist, two are refused for policy: never in a row of twenty.
_CUSTOMERS = """
INSERT INTO personalization_customer
    (id, workspace_id, created_at, updated_at, external_id, email, email_normalized, first_name, last_name,
    locale,
     country, time_zone, traits)
SELECT gen_random_uuid(), %(workspace)s, %(now)s, %(now)s, 'c-' || n, address, address, 'Guest ' || n, '',
       (ARRAY['en', 'de', 'ja'])[1 + n %% 3], '', '', '{}'
FROM generate_series(1, %(count)s) AS n,
     LATERAL (SELECT CASE n %% 50 WHEN 7 THEN 'gone' WHEN 21 THEN 'policy' ELSE 'guest' END || n ||
     '@mail.example'
              AS address) AS a
"""
_CONSENTS = """
INSERT INTO personalization_consent
    (id, workspace_id, created_at, updated_at, customer_id, channel, granted, source, at)
SELECT gen_random_uuid(), workspace_id, %(now)s, %(now)s, id, 'email', true, 'fault run', %(now)s
FROM personalization_customer WHERE workspace_id = %(workspace)s
"""


class Events:
    """Everything that happens to a run, in its order by the seed."""

    def __init__(self, plan: Plan, *, servers: Any, crew: Any, campaign: Any, sink: Any, log: Path) -> None:
        from benchmarks.mail_fault.crew import Workers, deaths

        self.plan, self.servers, self.crew, self.campaign = plan, servers, crew, campaign
        self._sink, self._log = sink, log
        self._draw = random.Random(plan.seed)
        self.workers = Workers(crew, count=WORKERS, planned=deaths(plan.kills, draw=self._draw))
        self.happened: Counter[str] = Counter()
        kinds: Sequence[tuple[str, Callable[[], None]]] = (
            ("scheduler killed", self.kill_scheduler),
            ("Valkey killed", self.kill_valkey),
            ("Valkey emptied", self.flush_valkey),
            ("PostgreSQL killed", self.kill_postgres),
            ("paused and resumed", self.pause),
        )
        self._waiting = [kind for kind in kinds for _ in range(plan.server_kills)]
        self._draw.shuffle(self._waiting)

    def until_sent(self) -> None:
        """Kills are spread over the mails: the relay's pace follows what is still to happen."""
        deadline = time.monotonic() + self.plan.patience + self.plan.kills * 6
        total = len(self._waiting) + 1
        while time.monotonic() < deadline:
            self.workers.watch()
            done = len(self.workers.died) / max(1, self.plan.kills)
            if self._waiting and done > 1 - len(self._waiting) / total:
                name, happen = self._waiting.pop()
                happen()
                self.happened[name] += 1
            self._set_pace()
            if self._state() in ("sent", "unknown") and not self._waiting and not self.workers.left:
                if self._state() == "sent":
                    return
            elif self._state() == "sent":
                self.workers.spare()
                return
            time.sleep(0.05)
        raise SystemExit(f"not sent in time; see {self.crew.folder}")

    def _set_pace(self) -> None:
        now = time.monotonic()
        if now < getattr(self, "_pace_until", 0.0):
            return
        self._pace_until = now + 0.5
        taken = self._log.read_bytes().count(b"\n") if self._log.exists() else 0
        left = self.plan.recipients - taken
        wanted = left / ((self.workers.left + 1) * SECONDS_PER_KILL)
        rate = max(LEAST_PER_SECOND, wanted) if self.workers.left else 0.0
        with suppress(BrokenPipeError):
            self._sink.stdin.write(f"rate {rate:.1f}\n".encode())
            self._sink.stdin.flush()

    def _state(self) -> str:
        from django.db import DatabaseError, InterfaceError, connection

        now = time.monotonic()
        if now - getattr(self, "_asked", 0.0) > 0.5:
            self._asked = now
            try:
                self.campaign.refresh_from_db(fields=["state", "prepared_at"])
                self._known = str(self.campaign.state)
            except (DatabaseError, InterfaceError):
                connection.close()
                self._known = "unknown"
        return self._known

    # What happens. Each leaves things as a supervisor would.

    def kill_scheduler(self) -> None:
        number = self._draw.randrange(2)
        self.crew.kill(f"scheduler-{number}")
        start_scheduler(self.crew, number)

    def kill_valkey(self) -> None:
        from benchmarks.mail_fault.crew import kill_server, revive_server

        kill_server(self.servers, name="valkey")
        time.sleep(0.5)
        revive_server(self.servers, name="valkey")
        self.crew.kill("batch")  # as `make run` does: a Celery worker may stay deaf
        start_batch(self.crew)

    def flush_valkey(self) -> None:
        from redis import Redis

        Redis.from_url(self.servers.redis_url).flushall()

    def kill_postgres(self) -> None:
        from django.db import connection

        from benchmarks.mail_fault.crew import kill_server, revive_server

        connection.close()
        kill_server(self.servers, name="postgres")
        revive_server(self.servers, name="postgres")

    def pause(self) -> None:
        from django.db import DatabaseError, InterfaceError, connection

        from omotenashi.errors import Conflict
        from personalization.mailings import services

        for step in (services.pause, services.resume):
            try:
                step(self.campaign)
                time.sleep(0.3)
            except Conflict:
                return  # not yet begun, or over
            except (DatabaseError, InterfaceError):
                connection.close()


# -- reporting ---------------------------------------------------------------------------------


def _report(plan: Plan, found: Any, *, faults: Any, died: Any, events: Events, seconds: float) -> bool:
    around = sum(faults[kind] for kind in AROUND_THE_DOT)
    # A kill takes a whole worker with it: all its lines.
    bound = 0 if plan.deduplicates else LANES * CONNECTIONS * len(died) + around
    print(f"\n{plan.name}: {plan.recipients:,} recipients in {seconds:.0f} s")
    print(f"  killed     {len(died)} mail workers: {_listed(Counter(map(str, died)))}")
    print(f"  besides    {_listed(events.happened)}")
    print(f"  the proxy  {_listed(faults)}")
    print(f"  ledger     {_listed(found.states)}")
    lines = f": {LANES * CONNECTIONS} lines × {len(died)} kills + {around} broken around the dot"
    print(f"  accepted {sum(found.taken.values()):,}, {found.dropped} repeats dropped by the relay")
    print(
        f"  duplicates {found.duplicates} · lost {len(found.lost)} · in doubt {len(found.in_doubt)}", end=" "
    )
    print(f"(at most {bound}{'' if plan.deduplicates else lines})")
    has_it = sum(1 for _, _, taken in found.in_doubt if taken)
    if found.in_doubt:
        path = events.crew.folder / "in_doubt.json"
        path.write_text(json.dumps(found.in_doubt, indent=1))
        print(f"  of those in doubt the relay has {has_it}; each with what is known in {path}, such as")
        for header, reason, taken in found.in_doubt[:3]:
            print(f"    {header}: {reason} [in truth {'taken' if taken else 'not taken'}]")
    for line in found.lost[:10]:
        print(f"  LOST {line}")
    all_known = all(reason for _, reason, _ in found.in_doubt)
    enough = len(died) >= plan.kills
    if not enough:
        print(f"  only {len(died)} of {plan.kills} kills came before the last mail")
    sys.stdout.flush()
    return enough and not found.duplicates and not found.lost and len(found.in_doubt) <= bound and all_known


def _listed(counts: Any) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"


if __name__ == "__main__":
    main()
