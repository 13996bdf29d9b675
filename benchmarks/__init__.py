"""Plain scripts that measure one claim each and print the figure beside its reference."""
