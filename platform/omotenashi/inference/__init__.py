"""Language models and embedders behind two small protocols; importing this package loads no weights."""
