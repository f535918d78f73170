"""Jars from Maven Central, pinned by SHA-256 in `jars/*.sha256` (made by `python -m infra.local.machine.jarlock`)."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from infra.local.errors import DownloadError
from infra.local.machine.cache import exclusive

LISTS = Path(__file__).with_name("jars")
_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<path>\S+\.jar)")
_PARALLEL = 8


@dataclass(frozen=True, slots=True)
class Jar:
    """A pinned file: its path below the root of a Maven repository, and the SHA-256 of its content in hex."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        """The file name, which carries the version."""
        return self.path.rpartition("/")[2]


def read_list(file: Path) -> tuple[Jar, ...]:
    """Read lines `<sha256>  <path>`, as sha256sum prints them; raises DownloadError naming a line that is not one."""
    return tuple(_parse(file, number, line) for number, line in enumerate(file.read_text().splitlines(), start=1))


def install(group: str, cache: Path) -> tuple[Path, ...]:
    """Return the jars of a group in the order of its list, fetching those the cache lacks.

    Every file is hashed at each start; one that differs from its pin is fetched anew. Raises DownloadError.
    """
    return provide(LISTS / f"{group}.sha256", cache)


def provide(file: Path, cache: Path) -> tuple[Path, ...]:
    """As `install`, for a list that is kept elsewhere."""
    jars, folder = read_list(file), cache / "jars"
    with exclusive(folder / ".lock"), ThreadPoolExecutor(_PARALLEL) as pool:
        return tuple(pool.map(lambda jar: _provide(jar, folder), jars))


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file's content in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _parse(file: Path, number: int, line: str) -> Jar:
    match = _LINE.fullmatch(line)
    if match is None:
        raise DownloadError(f"{file}:{number} is not `<sha256>  <path of a jar>`.")
    return Jar(match["path"], match["sha256"])


def _provide(jar: Jar, folder: Path) -> Path:
    target = folder / jar.name
    if not (target.exists() and sha256(target) == jar.sha256):
        with TemporaryDirectory(dir=folder) as fresh:
            download = Path(fresh, jar.name)
            _fetch(jar, download)
            check(jar, download)
            download.replace(target)
    return target


def check(jar: Jar, download: Path) -> None:
    """Raise DownloadError unless the file is the one that was pinned."""
    found = sha256(download)
    if found != jar.sha256:
        raise DownloadError(f"Maven Central's {jar.path} has the SHA-256 {found} instead of the pinned {jar.sha256}.")


def _fetch(jar: Jar, target: Path) -> None:
    try:
        target.write_bytes(b"".join(_read(jar.path)))
    except OSError as error:
        raise DownloadError(f"{jar.path} could not be fetched from Maven Central: {error}.") from error


@retry(retry=retry_if_exception_type(OSError), stop=stop_after_attempt(4), wait=wait_exponential(max=5), reraise=True)
def _read(path: str) -> list[bytes]:
    with urlopen(f"https://repo1.maven.org/maven2/{path}", timeout=60) as answer:
        return list(iter(lambda: answer.read(1 << 20), b""))
