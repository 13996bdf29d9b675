"""The batch sources by name. A new one is a file beside these, a line here, a line in tests/contracts."""

from personalization.engine.ranking.sources.base import BatchSource, Fitted, Pairs, Shop, Top
from personalization.engine.ranking.sources.customer_neighbors import NeighborsLately, TifuKnn, UpCf
from personalization.engine.ranking.sources.ease import Ease
from personalization.engine.ranking.sources.factors import Factors
from personalization.engine.ranking.sources.frequency import PersonalFrequency
from personalization.engine.ranking.sources.item_neighbors import BasketNeighbors, ItemNeighbors, NextBasket
from personalization.engine.ranking.sources.popularity import Adoption, RecentPopularity
from personalization.engine.ranking.sources.text import TextTaste
from personalization.engine.ranking.sources.words import SharedWords

_ALL: tuple[BatchSource, ...] = (
    PersonalFrequency(),
    RecentPopularity(30.0),
    RecentPopularity(7.0, name="popularity_week"),
    RecentPopularity(30.0, by_market=True, name="popularity_market"),
    Adoption(7.0),
    Adoption(30.0, name="adoption_month"),
    TifuKnn(),
    UpCf(),
    NeighborsLately(),
    NeighborsLately(150, 20.0, first_only=True, name="neighbors_adopted"),
    Ease(),
    Ease(half_life_days=15.0, name="ease_lately"),
    Factors(),
    ItemNeighbors(),
    BasketNeighbors(),
    NextBasket(),
    TextTaste(),
    TextTaste(popularity_power=0.5, name="text_lately"),
    SharedWords(),
)
BATCH_SOURCES: dict[str, BatchSource] = {source.name: source for source in _ALL}

__all__ = ["BATCH_SOURCES", "BatchSource", "Fitted", "Pairs", "Shop", "Top"]
