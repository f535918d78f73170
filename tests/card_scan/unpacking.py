"""The contents of a file, as it stands and unpacked: archives, compressed frames, column files, RocksDB, Redis."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress

import pyarrow as pa
from pyarrow import ipc, parquet

from tests.card_scan import sst

MAX_DEPTH = 4
_LZ4_JAVA = b"LZ4Block"
_LZ4_HEADER = 21
_LZF = 0xC3
_LONGEST_LZF = 1 << 20
_ARROW_MESSAGE = b"\xff\xff\xff\xff"
_LONGEST_SCHEMA = 1 << 20


class UnreadableError(Exception):
    """A packed content that cannot be unpacked; what it holds is not known."""


def contents(content: bytes, name: str = "", depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield a content and everything packed in it, each under the name of the way that leads to it."""
    if not content.startswith(_LZ4_JAVA):  # nothing but packed blocks, in which digits stand by chance
        yield name, content
    if depth == MAX_DEPTH:
        return
    for form, unpack in _forms(content):
        try:
            parts = list(unpack(content))
        except Exception as error:
            raise UnreadableError(f"{name}!{form}: {type(error).__name__}") from error
        for part in parts:
            yield from contents(part, f"{name}!{form}", depth + 1)


def _forms(content: bytes) -> Iterator[tuple[str, Callable[[bytes], Iterator[bytes]]]]:
    for magic, form, unpack in _BEGINNINGS:
        if content.startswith(magic):
            yield form, unpack
    if sst.is_sst(content):
        yield "sst", sst.blocks
    if _LZ4_JAVA in content[:4096]:
        yield "lz4-java", _lz4_java
    if _ARROW_MESSAGE in content:
        yield "arrow-stream", _arrow_streams


def _gzip(content: bytes) -> Iterator[bytes]:
    yield gzip.decompress(content)


def _zip(content: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield archive.read(name)


def _frame(codec: str) -> Callable[[bytes], Iterator[bytes]]:
    def unpack(content: bytes) -> Iterator[bytes]:
        with pa.CompressedInputStream(pa.BufferReader(content), codec) as stream:
            yield stream.read()

    return unpack


def _parquet(content: bytes) -> Iterator[bytes]:
    yield as_text(parquet.read_table(io.BytesIO(content)))


def _arrow(content: bytes) -> Iterator[bytes]:
    yield as_text(_without_hashes(ipc.open_file(io.BytesIO(content)).read_all()))


def _without_hashes(table: pa.Table) -> pa.Table:
    """Leave out what is a hash by its type; card numbers that stand as numbers are of others, and found."""
    return table.select([field.name for field in table.schema if not pa.types.is_uint64(field.type)])


def _arrow_streams(content: bytes) -> Iterator[bytes]:
    """Unpack what stands in the midst of something else, as blocks and velocity state do; each begins by its schema."""
    whole, at = pa.py_buffer(content), content.find(_ARROW_MESSAGE)
    while at >= 0:
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        if 0 < length < _LONGEST_SCHEMA:
            with suppress(pa.ArrowException, OSError), ipc.open_stream(whole.slice(at)) as stream:
                yield as_text(_texts(stream.read_all()))
        at = content.find(_ARROW_MESSAGE, at + 1)


def _texts(table: pa.Table) -> pa.Table:
    """Leave out numbers: hashes of 64 bits pass as card numbers by chance, one in a hundred."""
    return table.select([field.name for field in table.schema if not pa.types.is_primitive(field.type)])


def _lz4_java(content: bytes) -> Iterator[bytes]:
    """Unpack the blocks that Java's LZ4BlockOutputStream writes: Spark's shuffle files and changelogs."""
    at = content.find(_LZ4_JAVA)
    whole = bytearray()
    while at >= 0 and at + _LZ4_HEADER <= len(content):
        method, packed, size = struct.unpack_from("<Bii", content, at + len(_LZ4_JAVA))
        block = content[at + _LZ4_HEADER : at + _LZ4_HEADER + packed]
        is_packed = method & 0xF0 == 0x20
        whole += pa.decompress(block, size, "lz4_raw", asbytes=True) if is_packed and size else block
        at = content.find(_LZ4_JAVA, at + _LZ4_HEADER + packed)
    yield bytes(whole)


def _redis(content: bytes) -> Iterator[bytes]:
    """Unpack every string that a Redis dump holds compressed (LZF): a mark, both lengths, the bytes."""
    at = content.find(_LZF)
    while at >= 0:
        try:
            packed, after = _length(content, at + 1)
            size, after = _length(content, after)
            text = _unpack_lzf(content[after : after + packed], size) if 0 < packed < size < _LONGEST_LZF else None
        except IndexError:
            text = None
        if text is not None:
            yield text
        at = content.find(_LZF, at + 1)


def _length(content: bytes, at: int) -> tuple[int, int]:
    first = content[at]
    match first >> 6:
        case 0:
            return first & 0x3F, at + 1
        case 1:
            return (first & 0x3F) << 8 | content[at + 1], at + 2
        case _:
            return struct.unpack_from(">I", content.ljust(at + 5, b"\0"), at + 1)[0], at + 5


def _unpack_lzf(packed: bytes, size: int) -> bytes | None:
    """Return the text, or None where the bytes are no LZF of this size."""
    out, at = bytearray(), 0
    while at < len(packed):
        control, at = packed[at], at + 1
        if control < 32:
            out += packed[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length, at = length + packed[at], at + 1
        start = len(out) - ((control & 0x1F) << 8 | packed[at]) - 1
        at += 1
        if start < 0:
            return None
        for step in range(length + 2):
            out.append(out[start + step])
    return bytes(out) if len(out) == size else None


def as_text(table: pa.Table) -> bytes:
    """Return a table's cells as text, a row a line."""
    return "\n".join(str(row) for row in table.to_pylist()).encode()


_BEGINNINGS: tuple[tuple[bytes, str, Callable[[bytes], Iterator[bytes]]], ...] = (
    (b"\x1f\x8b", "gz", _gzip),
    (b"PK\x03\x04", "zip", _zip),
    (b"\x28\xb5\x2f\xfd", "zstd", _frame("zstd")),
    (b"\x04\x22\x4d\x18", "lz4", _frame("lz4")),
    (b"PAR1", "parquet", _parquet),
    (b"ARROW1", "arrow", _arrow),
    (b"REDIS", "rdb", _redis),
)
