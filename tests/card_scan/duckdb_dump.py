"""A DuckDB file's cells as text, read by the BigQuery emulator's own Python: its columns are packed in the file."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.local.servers import bqemulator
from infra.local.settings import Settings

_MAGIC = b"DUCK"
_MAGIC_AT = 8
_LIMIT_S = 300
_DUMP = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
names = connection.execute(
    "select database_name, schema_name, table_name from duckdb_tables() where not internal"
).fetchall()
for name in names:
    path = ".".join('"' + part.replace('"', '""') + '"' for part in name)
    for row in connection.execute(f"select * from {path}").fetchall():
        sys.stdout.write(repr(row) + "\\n")
"""


def is_duckdb(content: bytes) -> bool:
    """Tell a DuckDB file by its header."""
    return content[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)] == _MAGIC


def dumped(path: Path) -> Iterator[bytes]:
    """Yield the cells of a copy, its write-ahead log included: the emulator may be at work on the file.

    Raises subprocess.SubprocessError where the copy cannot be read.
    """
    python = bqemulator.environment_folder(Settings().cache) / "bin" / "python"
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        log = path.with_name(f"{path.name}.wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name(log.name))
        command = [str(python), "-c", _DUMP, str(copy)]
        yield subprocess.run(command, capture_output=True, check=True, timeout=_LIMIT_S).stdout  # noqa: S603
