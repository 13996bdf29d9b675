"""What forecasting can be told; the defaults fit a shop of 2,000 customers as well as one of 1,000,000."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TimingOptions:
    seed: int = 0
    num_threads: int = 1
    recent_cuts: int = 12
    """Training cuts, a fortnight apart, whose next 30 days are known."""
    folds: int = 3
    """Each model learns from the other customers; its errors on its own fold set the intervals."""
    rounds: int = 200
    training_customers: int = 20_000
    """More of them cost time and no longer change the figures."""
    chunk_customers: int = 200_000
    """Scored at once: bounds the memory."""
    interval: float = 0.8
    """Share of next purchases that should fall between the early and the late day."""
    min_history_days: float = 45.0
    """A cut needs this much history before it to teach anything."""
