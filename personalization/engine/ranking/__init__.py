"""The learned ranking: candidate sources, features and a ranker trained on earlier windows of the same log."""
