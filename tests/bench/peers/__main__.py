"""`make bench-peers`: the job, a hand-written loop and other stream processors on the same events in one Kafka.

Prints one JSON object, and to standard error a table. BENCH_EVENTS sets the size; BENCH_PEERS names the peers, all of
them unless set; BENCH_PICTURES is a folder that gets the pictures of docs/performance.md.
"""

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from infra.local.errors import StackError
from infra.local.machine.process import Launcher
from infra.local.stack.local_stack import LocalStack
from tests.bench import ground
from tests.bench.loop import Result
from tests.bench.peers.catalogue import PEERS
from tests.bench.peers.measure import measure
from tests.bench.peers.outcome import Results, differences, read_results
from tests.bench.peers.peer import Ground, Peer, UnavailableError
from tests.bench.peers.report import Row, draw, table


def main() -> None:
    """Run all on the same events."""
    events = int(os.environ.get("BENCH_EVENTS", "3000000"))
    wanted = os.environ.get("BENCH_PEERS", ",".join(PEERS)).split(",")
    with ground.stack("kafka") as stack:
        ground.simulate(stack, events)
        rows = _compare(stack, [PEERS[name] for name in wanted])
    sys.stderr.write(table(rows))
    if "BENCH_PICTURES" in os.environ:
        draw(rows, Path(os.environ["BENCH_PICTURES"]))
    sys.stdout.write(msgspec.json.encode({"events": events, "load": os.getloadavg(), "rows": rows}).decode() + "\n")


def _compare(stack: LocalStack, peers: list[Peer]) -> list[Row]:
    positions, file = ground.positions(stack), stack.workspace.home / "loop.json"
    answer = ground.loop(stack, file)
    found = msgspec.json.decode(file.read_bytes(), type=list[Result])
    rows = [Row("loop", "hand-written loop", "nothing survives", dict(ground.loop_figures(answer)))]
    job = ground.job_without_sinks(stack, positions)
    ground.require_equal(dict(job.counts), answer.counts)
    rows.append(Row("job", "this job, sinks off", "everything design.md promises", job.figures()))
    expected = {result.position: result for result in found}
    return rows + [_run(peer, stack, expected, positions) for peer in peers]


def _run(peer: Peer, stack: LocalStack, expected: Results, events: int) -> Row:
    workspace, servers = stack.workspace, stack.environment["KAFKA_BOOTSTRAP_SERVERS"]
    folder = workspace.data(f"peer-{peer.name}")
    with closing(Launcher()) as launcher:
        place = Ground(servers, ground.TOPIC, workspace.hmac_keys_file, folder, stack.settings, launcher)
        try:
            command = peer.prepare(place)
            figures: dict[str, Any] = dict(
                measure(command, place, stack.pids["kafka"], len(expected), events).figures()
            )
        except (UnavailableError, StackError) as error:
            return Row(peer.name, peer.title, peer.promises, {}, {}, f"skipped: {error}")
        return Row(peer.name, peer.title, peer.promises, figures, differences(read_results(place.results), expected))


if __name__ == "__main__":
    main()
