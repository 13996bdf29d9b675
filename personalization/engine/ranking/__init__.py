"""The learned ranking: candidate sources, features, and models of earlier windows of the same log."""
