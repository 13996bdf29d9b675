"""A local mail inbox: an SMTP server that keeps every mail as a file, and a page to read them."""
