"""A language model whose every call is paid from a purse: reserved before, settled after."""

import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace

from omotenashi.inference.protocols import GenerationRequest, GenerationResult, LanguageModel
from omotenashi.inference.wrapped import WrappedModel
from omotenashi.tokens import services
from omotenashi.tokens.errors import BudgetBusy, BudgetSpent, JobBudgetSpent
from omotenashi.tokens.models import JobTokens, TokenAccount
from omotenashi.tokens.services import Purse

PATIENCE_SECONDS = 30.0
"""How long a call waits for tokens that others have reserved: they hold them for one call too."""
_POLL_SECONDS = 0.25


class AccountedModel(WrappedModel):
    """The model itself; a call may get fewer candidates than it asked for when the budget nears its end.

    The month's limit ends the job in words (BudgetSpent). The job's own ends in no candidates at all: a
    writer goes on with what it has.
    """

    def __init__(self, model: LanguageModel, *, purse: Purse, patience: float = PATIENCE_SECONDS) -> None:
        super().__init__(model)
        self._purse, self._patience = purse, patience

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        affordable, reservation = self._reserved(requests)
        if reservation is None:
            return [GenerationResult((), 0, self.model_id, seconds=0.0) for _ in requests]
        try:
            results = self._model.generate(affordable)
        except BaseException:
            services.release(reservation)
            raise
        written = sum(each.tokens for result in results for each in result.completions)
        read = sum(result.prompt_tokens for result in results)
        services.settle(reservation, written=written, read=read)
        return results

    def _reserved(
        self, requests: Sequence[GenerationRequest]
    ) -> tuple[Sequence[GenerationRequest], uuid.UUID | None]:
        """The requests, with fewer candidates where the budget asks for it; no reservation: none at all."""
        deadline = time.monotonic() + self._patience
        while requests:
            try:
                return requests, services.reserve(self._purse, tokens=most_tokens(requests))
            except JobBudgetSpent:
                requests = fitted(requests, tokens=self._left_of_job())
            except BudgetSpent:
                fewer = fitted(requests, tokens=self._left_of_month())
                if not fewer:
                    raise
                requests = fewer
            except BudgetBusy:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_POLL_SECONDS * random.uniform(0.5, 1.5))
        return requests, None

    def _left_of_job(self) -> int:
        row = JobTokens.objects.filter(job_id=self._purse.job_id).first()
        left = row.left if row else self._purse.limit
        return left or 0

    def _left_of_month(self) -> int:
        """Not yet written, though others may have it reserved: that is seen when asking again."""
        account: TokenAccount = services.open_account(self._purse.workspace)
        return (account.limit or 0) - account.written


def most_tokens(requests: Sequence[GenerationRequest]) -> int:
    return sum(request.candidates * request.max_new_tokens for request in requests)


def fitted(requests: Sequence[GenerationRequest], *, tokens: int) -> list[GenerationRequest]:
    """The same requests with as many candidates each as fit; none where not even one each fits."""
    each = sum(request.max_new_tokens for request in requests)
    most = max((request.candidates for request in requests), default=0)
    fitting = (n for n in range(most, 0, -1) if _cost(requests, candidates=n) <= tokens)
    count = next(fitting, 0) if each <= tokens else 0
    return [replace(r, candidates=min(r.candidates, count)) for r in requests] if count else []


def _cost(requests: Sequence[GenerationRequest], *, candidates: int) -> int:
    return sum(min(request.candidates, candidates) * request.max_new_tokens for request in requests)
