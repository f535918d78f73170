"""A number planted in each kind of packed content is found, and one that cannot be unpacked is told."""

import gzip
import io
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from tests.builders import CARD
from tests.card_scan.scan import scan

TEXT = (b'{"note": "nothing to see here"}\n' * 50 + b'{"credit_card": "' + CARD.encode() + b'"}\n') * 3
TABLE = pa.table({"note": ["nothing"] * 500 + [CARD]})


def gz(text: bytes) -> bytes:
    return gzip.compress(text)


def zipped(text: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", text)
    return target.getvalue()


def frame(codec: str) -> Callable[[bytes], bytes]:
    def pack(text: bytes) -> bytes:
        target = pa.BufferOutputStream()
        with pa.CompressedOutputStream(target, codec) as stream:
            stream.write(text)
        return bytes(target.getvalue().to_pybytes())

    return pack


def as_parquet(codec: str) -> Callable[[bytes], bytes]:
    def pack(_text: bytes) -> bytes:
        target = io.BytesIO()
        parquet.write_table(TABLE, target, compression=codec)
        return target.getvalue()

    return pack


def as_arrow(_text: bytes) -> bytes:
    target = io.BytesIO()
    with ipc.new_file(target, TABLE.schema, options=ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(TABLE)
    return target.getvalue()


def as_state(_text: bytes) -> bytes:
    """Return an Arrow stream as Spark's state holds it: in the midst of a row."""
    target = io.BytesIO()
    with ipc.new_stream(target, TABLE.schema, options=ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(TABLE)
    return b"\xff\xff\xff\xff\x08\0\0\0key" + target.getvalue() + b"\xff\xff\xff\xffmore"


def gz_in_zip(text: bytes) -> bytes:
    return zipped(gz(text))


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(bytes, id="text"),
        pytest.param(gz, id="gz"),
        pytest.param(zipped, id="zip"),
        pytest.param(gz_in_zip, id="gz in zip"),
        pytest.param(frame("zstd"), id="zstd"),
        pytest.param(frame("lz4"), id="lz4"),
        pytest.param(as_parquet("snappy"), id="parquet, snappy"),
        pytest.param(as_parquet("zstd"), id="parquet, zstd"),
        pytest.param(as_arrow, id="arrow"),
        pytest.param(as_state, id="arrow stream in a row"),
    ],
)
def test_a_planted_number_is_found(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    planted = tmp_path / "deep" / "er" / "file.bin"
    planted.write_bytes(pack(TEXT))
    found = list(scan(tmp_path))
    assert {one.path for one in found} == {planted}
    assert all(one.finding and one.finding.shown == f"…{CARD[-4:]}" for one in found)
    assert CARD not in "".join(map(str, found))


@pytest.mark.parametrize("pack", [gz, zipped, frame("zstd")])
def test_what_cannot_be_unpacked_is_told(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "torn").write_bytes(pack(TEXT)[:-20])
    [found] = scan(tmp_path)
    assert str(found).endswith("cannot be read")


def test_a_classifier_is_left_out_only_where_it_is_what_its_digest_says(tmp_path: Path) -> None:
    content = f"threshold={CARD}".encode()
    for folder in (sha256(content).hexdigest(), "f" * 64):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "model.txt").write_bytes(content)
    assert {found.path.parent.name for found in scan(tmp_path)} == {"f" * 64}


def test_the_raw_zone_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "00000.log").write_bytes(TEXT)
    assert list(scan(tmp_path)) == []


@pytest.mark.parametrize(("kind", "is_found"), [(pa.uint64(), False), (pa.int64(), True)])
def test_a_hash_is_no_card_number_and_a_number_may_be_one(tmp_path: Path, kind: pa.DataType, *, is_found: bool) -> None:
    numbers = pa.table({"number": pa.array([int(CARD)], kind)})
    with ipc.new_file(tmp_path / "run.arrow", numbers.schema) as writer:
        writer.write_table(numbers)
    assert bool(list(scan(tmp_path))) is is_found
