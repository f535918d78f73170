"""RocksDB's table files (block-based, format 2 to 5), as Spark's state store writes them: the bytes of every block.

https://github.com/facebook/rocksdb/wiki/Rocksdb-BlockBasedTable-Format
"""

import struct
import zlib
from collections.abc import Iterator

import pyarrow as pa

_MAGIC = struct.pack("<Q", 0x88E241B785F4CFF7)
_FOOTER = 53
_CODECS = {1: "snappy", 4: "lz4_raw", 5: "lz4_raw", 7: "zstd"}
_ZLIB = 2
_DELTA_VALUES = 4
"""The format since which an index holds no length beside each value."""


def is_sst(content: bytes) -> bool:
    """Tell a table file by its last bytes."""
    return len(content) > _FOOTER and content.endswith(_MAGIC)


def blocks(content: bytes) -> Iterator[bytes]:
    """Yield the data blocks, unpacked. Raises ValueError for what cannot be read."""
    footer = content[-_FOOTER:]
    version = struct.unpack("<I", footer[-12:-8])[0]
    _, at = _handle(footer, 1)
    index, _ = _handle(footer, at)
    for place in _index_handles(_block(content, index), version):
        yield _block(content, place)


def _index_handles(index: bytes, version: int) -> Iterator[tuple[int, int]]:
    """Read an index block whose entries are all restarts, which is how RocksDB writes it by default."""
    restarts = struct.unpack("<I", index[-4:])[0] & 0x7FFFFFFF
    starts = struct.unpack(f"<{restarts}I", index[-4 - 4 * restarts : -4])
    for start in starts:
        _, at = _varint(index, start)
        key_length, at = _varint(index, at)
        if version < _DELTA_VALUES:
            _, at = _varint(index, at)
        yield _handle(index, at + key_length)[0]


def _block(content: bytes, handle: tuple[int, int]) -> bytes:
    offset, size = handle
    packed, kind = content[offset : offset + size], content[offset + size]
    if kind == 0:
        return packed
    if kind in _CODECS and _CODECS[kind] == "snappy":
        length, _ = _varint(packed, 0)
        return bytes(pa.decompress(packed, length, "snappy", asbytes=True))
    length, at = _varint(packed, 0)
    if kind == _ZLIB:
        return zlib.decompress(packed[at:], -15)
    if kind not in _CODECS:
        raise ValueError(f"blocks packed in a way that is not known: {kind}")
    return bytes(pa.decompress(packed[at:], length, _CODECS[kind], asbytes=True))


def _handle(content: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = _varint(content, at)
    size, at = _varint(content, at)
    return (offset, size), at


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
