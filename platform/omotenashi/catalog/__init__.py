"""Products, their facts and vectors, and the feeds they come from."""
