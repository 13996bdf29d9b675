"""A key/value cache whose rows come and go while a batch decodes.

        0        pad          length        capacity
row 0   |........|kkkkkkkkkkkkk|             |      rows end together on the right,
row 1   |kkkkkkkkkkkkkkkkkkkkkk|             |      shorter ones are padded on the left
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers.cache_utils import Cache, DynamicLayer

SPARE_TOKENS = 64
"""Room added when a buffer is full: growing by one token copies the whole cache each step."""


class GrowingLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """All keys and values of one layer; windowed layers keep theirs too, and the mask hides them."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._key_buffer: torch.Tensor | None = None
        self._value_buffer: torch.Tensor | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        start = self.get_seq_length()
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = start + key_states.shape[-2]
        self._key_buffer = _with_room(self._key_buffer, like=key_states, used=start, needed=end)
        self._value_buffer = _with_room(self._value_buffer, like=value_states, used=start, needed=end)
        self._key_buffer[:, :, start:end] = key_states
        self._value_buffer[:, :, start:end] = value_states
        return self._show(end)

    def fill(self, parts: Sequence[tuple[GrowingLayer, torch.Tensor]], *, length: int, room: int) -> None:
        """Become the chosen rows of other layers, right-aligned at `length`, with room for more tokens."""
        shown = [(*layer.shown, rows) for layer, rows in parts]
        keys = _stacked([(keys, rows) for keys, _, rows in shown], length=length, room=room)
        values = _stacked([(values, rows) for _, values, rows in shown], length=length, room=room)
        self._hold(keys, values, length=length)

    def begin(self, known: GrowingLayer, *, lengths: Sequence[int], room: int) -> None:
        self._hold(*(_begun(each, lengths=lengths, room=room) for each in known.shown), length=max(lengths))

    def cut(self, source: GrowingLayer, *, row: int, start: int, end: int) -> None:
        keys, values = (each[row : row + 1, :, start:end].clone() for each in source.shown)
        self._hold(keys, values, length=end - start)

    def _hold(self, keys: torch.Tensor, values: torch.Tensor, *, length: int) -> None:
        self._key_buffer, self._value_buffer = keys, values
        self.dtype, self.device = keys.dtype, keys.device
        self.is_initialized = True
        self._show(length)

    @property
    def shown(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values without the spare room."""
        assert self.keys is not None
        assert self.values is not None
        return self.keys, self.values

    def _show(self, end: int) -> tuple[torch.Tensor, torch.Tensor]:
        assert self._key_buffer is not None
        assert self._value_buffer is not None
        self.keys = self._key_buffer[:, :, :end]
        self.values = self._value_buffer[:, :, :end]
        return self.keys, self.values


class RowCache(Cache):
    """What transformers' models take as `past_key_values`."""

    def __init__(self) -> None:
        super().__init__(layer_class_to_replicate=GrowingLayer)

    @classmethod
    def of(cls, parts: Sequence[tuple[RowCache, torch.Tensor]], *, length: int, room: int) -> RowCache:
        """A new cache from chosen rows of others, one after the other; a row may be chosen many times."""
        made = cls()
        for index in range(len(parts[0][0].layers)):
            layer = GrowingLayer()
            layer.fill([(cache.layer(index), rows) for cache, rows in parts], length=length, room=room)
            made.layers.append(layer)
        return made

    @classmethod
    def begun(cls, known: RowCache, *, lengths: torch.Tensor, room: int) -> RowCache:
        """Rows that each hold the first so many tokens of the known row, right-aligned (see prefixes.py)."""
        made = cls()
        for index in range(len(known.layers)):
            layer = GrowingLayer()
            layer.begin(known.layer(index), lengths=lengths.tolist(), room=room)
            made.layers.append(layer)
        return made

    def row(self, row: int, *, start: int, end: int) -> RowCache:
        """One row's tokens from `start` to `end` as a cache of its own, in memory of its own."""
        made = RowCache()
        for index in range(len(self.layers)):
            layer = GrowingLayer()
            layer.cut(self.layer(index), row=row, start=start, end=end)
            made.layers.append(layer)
        return made

    def layer(self, index: int) -> GrowingLayer:
        layer = self.layers[index]
        assert isinstance(layer, GrowingLayer)
        return layer

    @property
    def length(self) -> int:
        return int(self.get_seq_length())


def _with_room(buffer: torch.Tensor | None, *, like: torch.Tensor, used: int, needed: int) -> torch.Tensor:
    if buffer is not None and buffer.shape[2] >= needed:
        return buffer
    rows, heads, _, width = like.shape
    larger = like.new_zeros((rows, heads, needed + SPARE_TOKENS, width))
    if buffer is not None:
        larger[:, :, :used] = buffer[:, :, :used]
    return larger


def _stacked(parts: Sequence[tuple[torch.Tensor, torch.Tensor]], *, length: int, room: int) -> torch.Tensor:
    first = parts[0][0]
    total = sum(len(rows) for _, rows in parts)
    # Left empty: memory that no token reaches is never touched, and fresh pages cost more than the copy.
    buffer = first.new_empty((total, first.shape[1], length + room, first.shape[3]))
    at = 0
    for source, rows in parts:
        shown = min(source.shape[2], length)
        target = buffer[at : at + len(rows)]
        # Zeros, not garbage: a masked NaN would still poison its row's softmax.
        target[:, :, : length - shown].zero_()
        torch.index_select(
            source[:, :, source.shape[2] - shown :], 0, rows, out=target[:, :, length - shown : length]
        )
        at += len(rows)
    return buffer


def _begun(known: torch.Tensor, *, lengths: Sequence[int], room: int) -> torch.Tensor:
    longest = max(lengths)
    buffer = known.new_empty((len(lengths), known.shape[1], longest + room, known.shape[3]))
    for row, length in enumerate(lengths):
        buffer[row, :, : longest - length].zero_()
        buffer[row, :, longest - length : longest] = known[0, :, :length]
    return buffer
