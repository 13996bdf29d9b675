"""The candidate sources by name. A new one is a file beside these, a line here, a line in tests/contracts."""

from collections.abc import Iterable

from personalization.engine.candidates import Candidate, CandidateSource
from personalization.engine.evidence import Evidence
from personalization.engine.sources.collaborative import Collaborative
from personalization.engine.sources.copurchase import CoPurchase
from personalization.engine.sources.learned import Learned
from personalization.engine.sources.newest import Newest
from personalization.engine.sources.popularity import Popularity
from personalization.engine.sources.repeat import Repeat
from personalization.engine.sources.text import TextSimilarity
from personalization.engine.sources.viewed import RecentlyViewed

_ALL: tuple[CandidateSource, ...] = (
    Learned(),
    Repeat(),
    CoPurchase(),
    Collaborative(),
    TextSimilarity(),
    RecentlyViewed(),
    Popularity(),
    Newest(),
)
SOURCES: dict[str, CandidateSource] = {source.name: source for source in _ALL}


def source_named(name: str) -> CandidateSource:
    try:
        return SOURCES[name]
    except KeyError:
        raise KeyError(f"Unknown candidate source {name!r}. Known: {', '.join(SOURCES)}.") from None


def gather(evidence: Evidence, *, names: Iterable[str], limit: int) -> list[Candidate]:
    return [found for name in names for found in source_named(name).candidates(evidence, limit=limit)]
