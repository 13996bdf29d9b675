"""When a campaign's mails go out and when it stops by itself: what of that cannot be meant."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, time

LONGEST_WAVE_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class PlanProblem:
    """The field to mend and how."""

    field: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class SendingPlan:
    """The columns of a campaign that a marketer plans with."""

    scheduled_at: datetime | None
    by_local_time: bool
    by_best_hour: bool
    quiet_from: time | None
    quiet_until: time | None
    wave_size: int
    wave_minutes: int
    max_bounce_percent: float
    max_complaint_percent: float

    def problems(self) -> list[PlanProblem]:
        return [*self._hour(), *self._quiet(), *self._waves(), *self._stops()]

    def _hour(self) -> list[PlanProblem]:
        if not (self.by_local_time and self.by_best_hour):
            return []
        detail = "A mail goes out at one hour. Choose by_local_time or by_best_hour, not both."
        return [PlanProblem("by_best_hour", detail)]

    def _quiet(self) -> list[PlanProblem]:
        names = {"quiet_from": self.quiet_from, "quiet_until": self.quiet_until}
        empty = [name for name, hour in names.items() if hour is None]
        if len(empty) == 1:
            given = next(name for name in names if name not in empty)
            detail = f"Quiet hours need both ends. Give {empty[0]} too, or leave {given} empty."
            return [PlanProblem(empty[0], detail)]
        if not empty and self.quiet_from == self.quiet_until:
            detail = "Quiet hours that end when they begin are none. Give another hour, or leave both empty."
            return [PlanProblem("quiet_until", detail)]
        return []

    def _waves(self) -> list[PlanProblem]:
        if not self.wave_size or 1 <= self.wave_minutes <= LONGEST_WAVE_MINUTES:
            return []
        detail = (
            f"From one wave to the next are 1 to {LONGEST_WAVE_MINUTES:,} minutes, which is a week. "
            "Or set wave_size to 0 to send without a break."
        )
        return [PlanProblem("wave_minutes", detail)]

    def _stops(self) -> list[PlanProblem]:
        return [
            PlanProblem(name, f"Write a percentage above 0, at most 100, such as {usual}; 100 never stops.")
            for name, percent, usual in (
                ("max_bounce_percent", self.max_bounce_percent, "5"),
                ("max_complaint_percent", self.max_complaint_percent, "0.3"),
            )
            if not 0 < percent <= 100
        ]


PLANNED = tuple(field.name for field in fields(SendingPlan))
"""The names of those columns, in the order a marketer reads them."""
