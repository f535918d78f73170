import hashlib
from pathlib import Path

import pytest

from infra.local.errors import DownloadError
from infra.local.machine import jars
from infra.local.machine.jars import Jar

CONTENT = b"bytes of a jar"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    monkeypatch.setattr(jars, "LISTS", folder)
    return folder


@pytest.mark.parametrize(
    "line",
    [
        "org/a/1/a-1.jar",
        f"{DIGEST[:-1]}  org/a/1/a-1.jar",
        f"{DIGEST} org/a/1/a-1.jar",
        f"{DIGEST}  org/a/1/a-1.pom",
        f"{DIGEST.upper()}  org/a/1/a-1.jar",
        "",
    ],
)
def test_a_line_without_a_sum_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "kafka.sha256"
    file.write_text(f"{DIGEST}  org/a/1/a-1.jar\n{line}\n")
    with pytest.raises(DownloadError, match=r"kafka.sha256:2 is not"):
        jars.read_list(file)


def test_a_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a-1.jar").write_bytes(CONTENT + b"!")
    with pytest.raises(DownloadError, match=rf"org/a/1/a-1.jar has the SHA-256 \w+ instead of the pinned {DIGEST}"):
        jars.check(Jar("org/a/1/a-1.jar", DIGEST), tmp_path / "a-1.jar")


def test_what_the_cache_holds_is_not_fetched(tmp_path: Path, lists: Path) -> None:
    (lists / "group.sha256").write_text(f"{DIGEST}  no/such/b-1.jar\n{DIGEST}  no/such/a-1.jar\n")
    (tmp_path / "jars").mkdir()
    for name in ("a-1.jar", "b-1.jar"):
        (tmp_path / "jars" / name).write_bytes(CONTENT)
    assert [jar.name for jar in jars.install("group", tmp_path)] == ["b-1.jar", "a-1.jar"]


@pytest.mark.parametrize(("group", "least"), [("kafka", 40), ("spark-kafka", 4)])
def test_every_committed_pin_can_be_read(group: str, least: int) -> None:
    pinned = jars.read_list(jars.LISTS / f"{group}.sha256")
    assert len(pinned) == len({jar.name for jar in pinned}) >= least
