"""When customers buy again, and when a product is due. Numbers in, numbers out."""
