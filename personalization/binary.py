"""Arrays into and out of PostgreSQL's binary COPY format, without a Python object a row.

A row of fixed width is a record of a numpy array: field count, then a length and the bytes of each field. A
million vectors are written as fast as they can be copied.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_INT4_OID = 23
_CHUNK_BYTES = 1 << 22
_EPOCH_2000_MICROSECONDS = 946_684_800_000_000
_HEX = np.array([f"{value:02x}" for value in range(256)], dtype="S2")

UUID_KIND, INT_KIND, REAL_KIND, TIME_KIND = "V16", ">i4", ">f4", ">i8"


def halfvec_kind(dimensions: int) -> np.dtype:
    return np.dtype([("dim", ">i2"), ("unused", ">i2"), ("values", ">f2", (dimensions,))])


def ints_kind(length: int) -> np.dtype:
    element = np.dtype([("size", ">i4"), ("value", ">i4")])
    head: list[Any] = [(name, ">i4") for name in ("ndim", "nulls", "oid", "length", "lower")]
    return np.dtype([*head, ("elements", element, (length,))])


def uuid_array(texts: Sequence[str]) -> NDArray[np.void]:
    return np.frombuffer(bytes.fromhex("".join(texts).replace("-", "")), dtype="V16")


def uuid_texts(uuids: NDArray[np.void]) -> list[str]:
    """Without hyphens, which PostgreSQL and `UUID()` both read."""
    octets = np.ascontiguousarray(uuids).view(np.uint8).reshape(len(uuids), 16)
    texts: list[str] = _HEX[octets].view("S32").reshape(-1).astype(str).tolist()
    return texts


def microseconds(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Of seconds since 1970, as PostgreSQL counts them."""
    return (seconds * 1_000_000).astype(np.int64) - _EPOCH_2000_MICROSECONDS


def copy_arrays(columns: Mapping[str, tuple[Any, NDArray[Any]]], *, table: str) -> int:
    """`columns`: by name the kind and the values; vectors and lists are matrices, one row a row."""
    kinds = [np.dtype(kind) for kind, _ in columns.values()]
    layout: list[Any] = [("count", ">i2")]
    for name, kind in zip(columns, kinds, strict=True):
        layout += [(f"{name}_size", ">i4"), (name, kind)]
    height = len(next(iter(columns.values()))[1])
    rows = np.zeros(height, dtype=layout)
    rows["count"] = len(columns)
    for (name, (_, values)), kind in zip(columns.items(), kinds, strict=True):
        rows[f"{name}_size"] = kind.itemsize
        _fill(rows[name], values)
    names = ", ".join(f'"{name}"' for name in columns)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)") as copy,
    ):
        copy.write(_HEADER)
        view = memoryview(rows.view(np.uint8).data) if height else memoryview(b"")
        for start in range(0, len(view), _CHUNK_BYTES):
            copy.write(view[start : start + _CHUNK_BYTES])
        copy.write(_TRAILER)
    return height


def query_arrays(
    query: str, parameters: Mapping[str, Any], *, columns: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    """A query's rows by column; none may be null, each must have its kind's width."""
    layout: list[Any] = [("count", ">i2")]
    for name, kind in columns.items():
        layout += [(f"{name}_size", ">i4"), (name, np.dtype(kind))]
    found = io.BytesIO()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)", parameters) as copy,
    ):
        for piece in copy:
            found.write(piece)
    data = found.getbuffer()[len(_HEADER) : -len(_TRAILER)]
    rows = np.frombuffer(data, dtype=layout)
    for name, kind in columns.items():
        if len(rows) and (rows[f"{name}_size"] != np.dtype(kind).itemsize).any():
            raise ValueError(f"Column {name!r} has values of another width than {np.dtype(kind)}.")
    return {name: _values(rows[name]) for name in columns}


def _fill(field: NDArray[Any], values: NDArray[Any]) -> None:
    names = field.dtype.names or ()
    if "elements" in names:
        field["ndim"], field["oid"], field["length"], field["lower"] = 1, _INT4_OID, values.shape[1], 1
        field["elements"]["size"], field["elements"]["value"] = 4, values
    elif "values" in names:
        field["dim"], field["values"] = values.shape[1], values
    else:
        field[...] = values


def _values(field: NDArray[Any]) -> NDArray[Any]:
    names = field.dtype.names or ()
    if "elements" in names:
        return field["elements"]["value"].astype(np.int32)
    if "values" in names:
        return field["values"].astype(np.float32)
    if field.dtype.kind == "V":
        return np.ascontiguousarray(field)
    return field.astype(field.dtype.newbyteorder("="))
