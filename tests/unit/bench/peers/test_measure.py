from pathlib import Path

import pytest

from tests.bench.peers.measure import Lines, Measured, Sample


def sample(results: int, seconds: float, cpu: float) -> Sample:
    return Sample(results, seconds, cpu, cpu / 10)


def test_rates_are_those_after_the_first_quarter() -> None:
    run = Measured([sample(0, 0, 1), sample(20, 5, 10), sample(25, 6, 11), sample(100, 21, 26)], events=200)
    figures = run.figures()
    assert (figures["events"], figures["events_per_second"], figures["cpu_seconds"]) == (150, 10, 15)
    assert (figures["events_per_cpu_second"], figures["start_and_warm_up_cpu_seconds"]) == (10, 11)
    assert figures["broker_cpu_seconds"] == 1.5


def test_results_that_come_all_at_once_are_measured_from_the_start() -> None:
    assert Measured([sample(0, 0, 0), sample(100, 10, 5)], events=100).figures()["events_per_cpu_second"] == 20


@pytest.mark.parametrize("renamed", [False, True])
def test_lines_are_counted_once_while_a_file_grows(tmp_path: Path, renamed: bool) -> None:
    lines, file = Lines(tmp_path), tmp_path / "part.inprogress"
    file.write_text("one\ntw")
    assert lines.count() == 1
    with file.open("a") as content:
        content.write("o\nthree\n")
    if renamed:
        file.rename(tmp_path / "part")
    assert (lines.count(), lines.count()) == (3, 3)
