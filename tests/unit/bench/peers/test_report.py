from xml.etree import ElementTree

from tests.bench.peers.report import Row, bars, table

FIGURES = {"events_per_second": 1000, "cpu_seconds": 2.5, "events_per_cpu_second": 400}
JOB = Row("job", "this job", "all", FIGURES)
PEER = Row("peer", "A & B", "some", FIGURES | {"events_per_cpu_second": 800}, {"missing": 1, "different": 2})
ABSENT = Row("gone", "Gone", "none", skipped="skipped: no Java\nhere")


def test_the_table_shows_figures_differences_and_what_was_skipped() -> None:
    lines = table([JOB, PEER, ABSENT]).splitlines()
    assert lines[2] == "| this job | 1,000 | 2.5 | 400 |  |  |  | all |"
    assert lines[3] == "| A & B | 1,000 | 2.5 | 800 |  |  | 3 | some |"
    assert lines[4] == "| Gone |  |  |  |  |  |  | skipped: no Java here |"


def test_bars_are_as_long_as_the_figures_and_the_longest_is_first() -> None:
    picture = ElementTree.fromstring(bars("Rate", [JOB, PEER], "events_per_cpu_second"))  # noqa: S314 - our own text
    found = [
        (bar.get("class"), int(bar.get("width", "0"))) for bar in picture.iter() if bar.get("class") in {"bar", "job"}
    ]
    assert [kind for kind, _ in found] == ["bar", "job"]
    assert found[0][1] == 2 * found[1][1]
