"""A budget of tokens holds whatever number of workers writes at once, and whichever of them dies."""

import random
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.errors import InvalidInput
from omotenashi.inference.protocols import Completion, GenerationRequest, GenerationResult, PromptStyle
from omotenashi.jobs.models import Job
from omotenashi.jobs.running import LEASE, LeaseLost
from omotenashi.tokens import services
from omotenashi.tokens.accounted import AccountedModel, fitted
from omotenashi.tokens.errors import BudgetBusy, BudgetSpent
from omotenashi.tokens.models import JobTokens, Reservation, TokenAccount
from omotenashi.tokens.services import Purse


class Writes:
    """Writes up to the most it may, a random length each, and sums up what it wrote."""

    model_id = "writes"
    prompt_style: PromptStyle = "chat"
    context_length = 4096

    def __init__(self, *, share: Callable[[], float] = random.random) -> None:
        self._share, self._lock = share, threading.Lock()
        self.written = 0

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        return [self._answer(request) for request in requests]

    def _answer(self, request: GenerationRequest) -> GenerationResult:
        lengths = [max(1, round(self._share() * request.max_new_tokens)) for _ in range(request.candidates)]
        with self._lock:
            self.written += sum(lengths)
        texts = tuple(Completion("Tea.", "stop", n, -1.0, request.seed) for n in lengths)
        return GenerationResult(texts, 10, self.model_id, seconds=0.0)

    def close(self) -> None:
        """Nothing to free."""


def request(*, candidates: int = 10, tokens: int = 40) -> GenerationRequest:
    return GenerationRequest(prompt="Tea", candidates=candidates, max_new_tokens=tokens)


@pytest.fixture
def run_of(workspace: Workspace) -> Callable[..., Purse]:
    """A job in a worker's hands."""

    def build(*, limit: int | None = None, group: str = "") -> Purse:
        token = uuid.uuid4()
        job = Job.objects.create(
            workspace=workspace, name="content.write_draft", queue="gpu", state=Job.State.RUNNING,
            lease_token=token, lease_expires_at=timezone.now() + LEASE,
        )  # fmt: skip
        return Purse(workspace=workspace, job_id=job.pk, lease_token=token, limit=limit, group=group)

    return build


def account_of(workspace: Workspace) -> TokenAccount:
    return TokenAccount.objects.get(workspace=workspace)


@pytest.mark.django_db(transaction=True)
def test_it_is_never_exceeded_by_fifty_workers_at_once(
    workspace: Workspace, run_of: Callable[..., Purse]
) -> None:
    limit = 30_000  # what fifty workers would write in about three of their eight calls
    services.set_limit(workspace, tokens=limit)
    purses = [run_of() for _ in range(50)]
    start, highest = threading.Barrier(50), []
    model = Writes()

    def work(purse: Purse) -> int:
        paid, refusals = AccountedModel(model, purse=purse, patience=60), 0
        try:
            start.wait()
            for _ in range(8):
                try:
                    paid.generate([request()])
                except BudgetSpent:
                    refusals += 1
                now = account_of(workspace)
                highest.append(now.written + now.reserved)
        finally:
            connection.close()
        return refusals

    with ThreadPoolExecutor(50) as workers:
        refusals = sum(workers.map(work, purses))
    account = account_of(workspace)
    assert max(highest) <= limit
    assert account.written == model.written  # what was counted is what was written
    assert limit - 40 < account.written <= limit  # and no more than one candidate's worth is left over
    assert account.reserved == 0
    assert refusals > 0
    assert sum(JobTokens.objects.values_list("written", flat=True)) == account.written


def test_it_says_what_is_spent_and_what_to_do(workspace: Workspace, run_of: Callable[..., Purse]) -> None:
    services.set_limit(workspace, tokens=500)
    paid = AccountedModel(Writes(share=lambda: 1.0), purse=run_of())
    paid.generate([request(candidates=12)])
    with pytest.raises(BudgetSpent) as refusal:
        paid.generate([request()])
    assert not refusal.value.retryable
    assert "480 of the 500 tokens of" in refusal.value.detail
    assert "System › Tokens" in refusal.value.detail


def test_it_asks_for_fewer_candidates_near_the_end(
    workspace: Workspace, run_of: Callable[..., Purse]
) -> None:
    services.set_limit(workspace, tokens=250)
    (result,) = AccountedModel(Writes(), purse=run_of()).generate([request()])
    assert len(result.completions) == 6


def test_it_waits_for_what_others_have_only_reserved(
    workspace: Workspace, run_of: Callable[..., Purse]
) -> None:
    services.set_limit(workspace, tokens=500)
    held = services.reserve(run_of(), tokens=450)
    with pytest.raises(BudgetBusy) as refusal:
        AccountedModel(Writes(), purse=run_of(), patience=0).generate([request()])
    assert refusal.value.retryable
    services.settle(held, written=20, read=5)
    (result,) = AccountedModel(Writes(), purse=run_of(), patience=0).generate([request()])
    assert len(result.completions) == 10


def test_a_job_gets_no_candidates_beyond_its_own_limit(
    workspace: Workspace, run_of: Callable[..., Purse]
) -> None:
    model = Writes(share=lambda: 1.0)
    purse = run_of(limit=1000)
    paid = AccountedModel(model, purse=purse)
    counts = [len(paid.generate([request()])[0].completions) for _ in range(4)]
    assert counts == [10, 10, 5, 0]
    assert JobTokens.objects.get(job_id=purse.job_id).written == model.written == 1000


def test_it_gives_back_what_a_dead_worker_held(workspace: Workspace, run_of: Callable[..., Purse]) -> None:
    services.set_limit(workspace, tokens=500)
    dead, alive = run_of(), run_of()
    services.reserve(dead, tokens=400)
    services.reserve(alive, tokens=50)
    assert services.release_dead() == 0
    Job.objects.filter(pk=dead.job_id).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert (services.release_dead(), services.release_dead()) == (1, 0)
    assert account_of(workspace).reserved == 50
    assert JobTokens.objects.get(job_id=dead.job_id).reserved == 0


def test_the_next_run_of_a_job_releases_what_the_one_before_held(
    workspace: Workspace, run_of: Callable[..., Purse]
) -> None:
    before = run_of()
    held = services.reserve(before, tokens=400)
    token = uuid.uuid4()
    Job.objects.filter(pk=before.job_id).update(lease_token=token)
    services.reserve(Purse(workspace=workspace, job_id=before.job_id, lease_token=token), tokens=30)
    assert account_of(workspace).reserved == 30
    with pytest.raises(LeaseLost):  # the worker that was thought dead comes back
        services.settle(held, written=400, read=0)
    with pytest.raises(LeaseLost):
        services.reserve(before, tokens=1)
    assert (account_of(workspace).reserved, account_of(workspace).written) == (30, 0)


def test_it_gives_back_what_a_failed_call_held(workspace: Workspace, run_of: Callable[..., Purse]) -> None:
    def fails() -> float:
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError):
        AccountedModel(Writes(share=fails), purse=run_of()).generate([request()])
    assert account_of(workspace).reserved == 0
    assert not Reservation.objects.exists()


def test_the_database_itself_refuses_an_account_above_its_limit(workspace: Workspace) -> None:
    services.set_limit(workspace, tokens=100)
    with pytest.raises(IntegrityError, match="token_account_within_limit"):
        TokenAccount.objects.update(written=101)


def test_a_limit_cannot_be_below_what_is_written(workspace: Workspace, run_of: Callable[..., Purse]) -> None:
    services.settle(services.reserve(run_of(), tokens=100), written=70, read=0)
    with pytest.raises(InvalidInput, match="70 tokens are written or reserved"):
        services.set_limit(workspace, tokens=69)


def test_a_new_month_takes_over_the_limit(workspace: Workspace, run_of: Callable[..., Purse]) -> None:
    services.set_limit(workspace, tokens=100)
    services.settle(services.reserve(run_of(), tokens=100), written=100, read=0)
    TokenAccount.objects.update(month="2020-01-01")
    account = services.open_account(workspace)
    assert (account.limit, account.written) == (100, 0)


def test_it_shares_out_candidates_by_what_each_may_write() -> None:
    asked = [request(candidates=10, tokens=40), request(candidates=2, tokens=20)]
    assert [r.candidates for r in fitted(asked, tokens=250)] == [5, 2]
    assert fitted(asked, tokens=59) == []


def test_the_api_tells_the_month_and_each_job(
    api: APIClient, outsider_api: APIClient, workspace: Workspace, run_of: Callable[..., Purse]
) -> None:
    services.set_limit(workspace, tokens=500)
    purse = run_of(limit=300)
    services.settle(services.reserve(purse, tokens=100), written=70, read=9)
    month = api.get("/v1/tokens").json()
    assert {name: month[name] for name in ("limit", "written", "reserved", "left", "read")} == {
        "limit": 500, "written": 70, "reserved": 0, "left": 430, "read": 9,
    }  # fmt: skip
    assert outsider_api.get("/v1/tokens").json()["written"] == 0
    job = api.get(f"/v1/jobs/{purse.job_id}").json()
    assert job["tokens"] == {"limit": 300, "written": 70, "reserved": 0, "read": 9}


def test_an_admin_sets_the_limit_in_the_studio(
    admin_client: Client, author_client: Client, workspace: Workspace
) -> None:
    assert admin_client.get("/studio/tokens/tokenaccount/").status_code == 200
    page = f"/studio/tokens/tokenaccount/{account_of(workspace).pk}/change/"
    assert author_client.post(page, {"limit": "9000"}).status_code == 403
    assert admin_client.post(page, {"limit": "9000"}).status_code == 302
    assert account_of(workspace).limit == 9000
    TokenAccount.objects.update(written=50)
    assert "cannot be below" in admin_client.post(page, {"limit": "10"}).content.decode()
    assert account_of(workspace).limit == 9000
