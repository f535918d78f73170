from pathlib import Path

from infra.local.servers.bigquery import folder_digest


def test_the_digest_follows_names_and_contents_of_sources_only(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    source = tmp_path / "tables" / "a.sql"
    source.write_text("select 1")
    first = folder_digest(tmp_path)
    (tmp_path / "cache.pyc").write_bytes(b"x")
    assert folder_digest(tmp_path) == first
    source.write_text("select 2")
    second = folder_digest(tmp_path)
    source.rename(tmp_path / "tables" / "b.sql")
    assert len({first, second, folder_digest(tmp_path)}) == 3
