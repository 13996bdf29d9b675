"""Flat pictures of the sample products, drawn by code; `render_pictures` makes PNGs of them."""
