"""What is wrong with a filter, where, and what to write instead."""


class FilterError(ValueError):
    """`position` counts characters from 1, as an editor does."""

    def __init__(self, detail: str, *, position: int) -> None:
        super().__init__(f"Position {position}: {detail}")
        self.detail = detail
        self.position = position
