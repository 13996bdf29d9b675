"""Products whose text is close to the person's taste or to the page's product. Works from the first day."""

from personalization.engine.candidates import Candidate, Reason, best_first
from personalization.engine.evidence import Evidence, Seed, SimilarProduct


class TextSimilarity:
    name = "text"
    is_personal = True

    def candidates(self, evidence: Evidence, *, limit: int) -> list[Candidate]:
        seeds = {seed.product_id: seed for seed in evidence.seeds}
        found = [
            self._candidate(similar, seeds[similar.seed_id])
            for similar in evidence.similar
            # Near the mean of several tastes yet like none of them: there would be no true reason to give.
            if similar.seed_id in seeds and similar.seed_similarity >= evidence.similarity_floor
        ]
        return best_first([candidate for candidate in found if candidate.score > 0], limit=limit)

    def _candidate(self, similar: SimilarProduct, seed: Seed) -> Candidate:
        figures = {
            "product_id": seed.product_id,
            "relation": seed.relation,
            "similarity": round(similar.seed_similarity, 3),
        }
        return Candidate(similar.product_id, self.name, similar.similarity, Reason("similar_to", figures))
