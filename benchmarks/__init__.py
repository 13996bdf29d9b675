"""One command for each claim; each prints its figure beside a reference of the same run."""
