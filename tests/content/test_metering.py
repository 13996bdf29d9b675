"""Fair shares: what drafts are charged adds up to the time the model worked."""

from content.metering import FairShare


def test_calls_side_by_side_share_the_seconds_by_their_rows() -> None:
    now = [0.0]
    share = FairShare(lambda: now[0])
    large = share.begin(rows=3)
    now[0] = 1.0
    small = share.begin(rows=1)
    now[0] = 5.0
    assert share.end(small) == 1.0
    now[0] = 7.0
    assert share.end(large) == 1.0 + 3.0 + 2.0


def test_an_idle_model_costs_nobody() -> None:
    now = [0.0]
    share = FairShare(lambda: now[0])
    share.end(share.begin(rows=2))
    now[0] = 100.0
    late = share.begin(rows=2)
    now[0] = 101.0
    assert share.end(late) == 1.0
