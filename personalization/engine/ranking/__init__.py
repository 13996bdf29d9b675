"""The learned ranking: candidate sources, features, a ranker trained on earlier windows of the same log."""
