"""An open-loop load: each request has its due time, and its latency counts from then, however late it could be sent.

A closed loop would wait for slow answers and so ask less just when it matters (coordinated omission).
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

CONNECTIONS = 32
_SOON_S = 0.001


@dataclass
class Load:
    """What came of it: `latencies` in seconds, answers by HTTP status and decision."""

    latencies: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        """Return a percentile of the latencies in milliseconds."""
        ordered = sorted(self.latencies)
        return round(1_000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)

    def figures(self) -> dict[str, object]:
        """Return what a report says."""
        points = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99, "max_ms": 1.0}
        measures = {name: self.percentile(share) for name, share in points.items()}
        return {"requests": len(self.latencies), **measures, "answers": dict(self.answers)}


def drive(port: int, path: str, bodies: Sequence[bytes], rate: float) -> Load:
    """Post bodies to a server on this machine, `rate` a second on connections that stay open."""
    return asyncio.run(_drive(port, path, bodies, rate))


async def _drive(port: int, path: str, bodies: Sequence[bytes], rate: float) -> Load:
    load, due = Load(), asyncio.Queue[tuple[float, bytes] | None]()
    workers = [asyncio.create_task(_work(port, due, load)) for _ in range(CONNECTIONS)]
    requests = [_request(path, body) for body in bodies]
    start = perf_counter() + 0.2
    for index, request in enumerate(requests):
        moment = start + index / rate
        if (wait := moment - perf_counter()) > _SOON_S:
            await asyncio.sleep(wait)
        due.put_nowait((moment, request))
    for _ in workers:
        due.put_nowait(None)
    await asyncio.gather(*workers)
    return load


async def _work(port: int, due: asyncio.Queue[tuple[float, bytes] | None], load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while task := await due.get():
        moment, request = task
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        load.latencies.append(perf_counter() - moment)
        load.answers[_kind(head, body)] += 1
    writer.close()
    await writer.wait_closed()


def _request(path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _length(head: bytes) -> int:
    [length] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(length.partition(b":")[2])


def _kind(head: bytes, body: bytes) -> str:
    status = head.split(b" ", 2)[1].decode()
    decision = body.partition(b'"decision":"')[2].partition(b'"')[0].decode()
    return f"{status} {decision}".strip()
