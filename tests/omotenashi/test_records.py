"""Ids in rising order."""

from uuid import UUID

from omotenashi.records import uuid7, uuid7_bytes


def test_it_makes_ids_in_bulk_that_rise_and_are_version_7() -> None:
    made = [UUID(bytes=value) for value in uuid7_bytes(5_000)]
    assert made == sorted(set(made))
    assert {(one.version, one.variant) for one in made} == {(7, uuid7().variant)}
    assert made[0].int >> 80 <= uuid7().int >> 80
