"""What a nightly run computes from purchase history: pure functions over columns of whole numbers."""
