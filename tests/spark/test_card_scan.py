"""A number planted in what only a JVM writes is found: RocksDB's tables in every packing, Java's LZ4 blocks."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.builders import CARD
from tests.card_scan.scan import scan


def rows() -> list[tuple[bytes, bytes]]:
    plain = [(f"key-{number:06d}".encode(), b"nothing to see here " * 4) for number in range(2000)]
    return [*plain, (b"key-999999", b"card " + CARD.encode())]


@pytest.mark.parametrize(
    "packing", ["NO_COMPRESSION", "SNAPPY_COMPRESSION", "LZ4_COMPRESSION", "ZSTD_COMPRESSION", "ZLIB_COMPRESSION"]
)
@pytest.mark.parametrize("version", [3, 5])
def test_in_a_rocksdb_table(spark: SparkSession, tmp_path: Path, packing: str, version: int) -> None:
    rocksdb = spark._jvm.org.rocksdb  # type: ignore[union-attr]  # the JVM is there while the session is
    table = rocksdb.BlockBasedTableConfig().setFormatVersion(version)
    options = rocksdb.Options().setTableFormatConfig(table)
    options.setCompressionType(getattr(rocksdb.CompressionType, packing))
    writer = rocksdb.SstFileWriter(rocksdb.EnvOptions(), options)
    writer.open(str(tmp_path / "000001.sst"))
    for key, value in rows():
        writer.put(bytearray(key), bytearray(value))
    writer.finish()
    assert "!sst" in {one.way for one in scan(tmp_path)}


def test_in_java_s_lz4_blocks(spark: SparkSession, tmp_path: Path) -> None:
    jvm = spark._jvm
    assert jvm is not None
    stream = jvm.net.jpountz.lz4.LZ4BlockOutputStream(jvm.java.io.FileOutputStream(str(tmp_path / "1.changelog")))
    stream.write(bytearray(b"nothing " * 5000 + b"card " + CARD.encode() + b" "))
    stream.close()
    assert [one.way for one in scan(tmp_path)] == ["!lz4-java"]
