"""Why a model may not write now, each with its remedy."""

from omotenashi.errors import OmotenashiError, Unavailable
from omotenashi.tokens.models import TokenAccount


class BudgetSpent(OmotenashiError):
    code, status, title = "token_budget_spent", 429, "The month's token budget is spent"

    def __init__(self, account: TokenAccount, *, needed: int) -> None:
        super().__init__(
            f"{account.written:,} of the {account.limit or 0:,} tokens of {account} are written, and the "
            f"next step may take {needed:,}. Raise the limit in the studio under System › Tokens, or wait "
            f"until {account.ends_on:%-d %B}; then try the job again under System › Jobs: it keeps what is "
            "written."
        )


class BudgetBusy(Unavailable):
    code, title = "token_budget_busy", "The rest of the token budget is reserved"

    def __init__(self, account: TokenAccount) -> None:
        super().__init__(
            f"The rest of the budget of {account} is reserved for texts that are being written now. "
            "This one is tried again by itself; a higher limit (System › Tokens) spares the wait."
        )


class JobBudgetSpent(OmotenashiError):
    """Never shown: the writer goes on with what it has."""

    code, status, title = "job_budget_spent", 409, "The job has written what it may"
