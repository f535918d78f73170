"""`python -m tests.bench.page`: how soon an alert is seen, and whether many pages miss any; prints one JSON object.

First a real browser, in front of a calm stream, beside a plain reader of the same event stream: what that one waits is
the server's part of what the browser waits. Then many event streams at once, read as a browser reads them.
BENCH_ALERTS, BENCH_PAGES and BENCH_PAGE_SECONDS set the sizes; 0 leaves a part out.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import not_
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic, sleep, time
from typing import Any

import msgspec
import numpy as np
import psutil
from playwright.sync_api import Page
from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed

from fraud_stream.sinks.alert_cache import AlertCache
from infra.local.stack.local_stack import LocalStack
from tests.browser import chromium
from tests.builders import make_alert

ALERTS_A_SECOND = 20
ALERTS_A_SECOND_TO_MANY = 50
WARM_UP_ALERTS = 40
ARRIVE_WITHIN_S = 30.0

# A row counts as seen once the frame after the one that drew it has been handed over: by then it is on the screen.
_OBSERVE = """
window.seen = [];
new MutationObserver((changes) => {
  const added = changes.flatMap((change) => [...change.addedNodes]);
  const rows = new Set(added.flatMap((one) => (one.matches("tr") ? [one] : [...one.querySelectorAll("tr")])));
  const ids = [...rows].map((row) => row.dataset.id);
  requestAnimationFrame(() => setTimeout(() => {
    const now = performance.timeOrigin + performance.now();
    window.seen.push(...ids.map((id) => [id, now - Number(id.split("-")[0])]));
  }));
}).observe(document.getElementById("rows"), { childList: true, subtree: true });
"""


class _Named(msgspec.Struct):
    id: str
    transaction_id: str
    raised_ms: int


class _Alerts(msgspec.Struct):
    alerts: list[_Named]


@dataclass
class Reader:
    """A page without a browser: the payments it was told of, in order, and how long after Redis had each (ms)."""

    told: list[str] = field(default_factory=list)
    waits: dict[str, float] = field(default_factory=dict)

    async def follow(self, port: int) -> None:
        """Read the event stream until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        writer.write(b"GET /fraud-alerts/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async for line in reader:
            if line.startswith(b'data: {"starts_anew"'):
                alerts = msgspec.json.decode(line[6:], type=_Alerts).alerts
                now_ms = time() * 1000
                self.told += [alert.transaction_id for alert in alerts]
                self.waits |= {alert.id: now_ms - alert.raised_ms for alert in alerts}


def main() -> None:
    """Run both parts."""
    sys.stdout.write(msgspec.json.encode(bench_page()).decode() + "\n")


def bench_page() -> dict[str, Any]:
    """Return the figures of both parts."""
    alerts, pages = int(os.environ.get("BENCH_ALERTS", "1000")), int(os.environ.get("BENCH_PAGES", "200"))
    seconds = int(os.environ.get("BENCH_PAGE_SECONDS", "60"))
    with _stack() as stack:
        seen = _bench_seen(stack, alerts) if alerts else {}
        told = _bench_told(stack, pages, seconds) if pages else {}
    return {"seen": seen, "told": told, "load_average": os.getloadavg()[0]}


@contextmanager
def _stack() -> Iterator[LocalStack]:
    with TemporaryDirectory() as folder, LocalStack(Path(folder), ["redis", "fraud_dashboard"]) as stack:
        yield stack


def _bench_seen(stack: LocalStack, alerts: int) -> dict[str, Any]:
    with chromium() as browser, _reading(stack) as reader:
        page = browser.new_page()
        page.goto(f"{stack.environment['DASHBOARD_URL']}/fraud-alerts")
        page.wait_for_selector("#connection:is([data-state=live], [data-state=awaited], [data-state=silent])")
        page.evaluate(_OBSERVE)
        _raise(stack, "warm", WARM_UP_ALERTS, ALERTS_A_SECOND)
        _wait_until_seen(page, WARM_UP_ALERTS)
        _raise(stack, "seen", alerts, ALERTS_A_SECOND)
        seen = _wait_until_seen(page, WARM_UP_ALERTS + alerts)
    waits = dict(list(seen.items())[WARM_UP_ALERTS:])
    server = [reader.waits[name] for name in waits]
    browser_s = [wait - told for wait, told in zip(waits.values(), server, strict=True)]
    parts = {"server": server, "browser": browser_s}
    return {"alerts": len(waits), **_shares([*waits.values()]), **{name: _shares(part) for name, part in parts.items()}}


def _shares(waits: list[float]) -> dict[str, float]:
    shares = zip(("p50_ms", "p95_ms", "p99_ms", "max_ms"), np.percentile(waits, [50, 95, 99, 100]), strict=True)
    return {name: round(float(wait), 1) for name, wait in shares}


@contextmanager
def _reading(stack: LocalStack) -> Iterator[Reader]:
    """Read the event stream in a thread of its own; Playwright holds this one's event loop."""
    reader, loop = Reader(), asyncio.new_event_loop()
    following = loop.create_task(reader.follow(_port(stack)))
    thread = Thread(target=_run, args=(loop, following))
    thread.start()
    try:
        yield reader
    finally:
        loop.call_soon_threadsafe(following.cancel)
        thread.join()


def _run(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()


def _port(stack: LocalStack) -> int:
    return int(stack.environment["DASHBOARD_URL"].split(":")[-1])


def _wait_until_seen(page: Page, number: int) -> dict[str, float]:
    page.wait_for_function("number => window.seen.length >= number", arg=number, timeout=ARRIVE_WITHIN_S * 1000)
    return dict(page.evaluate("window.seen"))


def _raise(stack: LocalStack, prefix: str, number: int, a_second: int) -> list[str]:
    """Write alerts one by one, evenly, as the job does, and return their payments."""
    cache, start = AlertCache(stack.environment["REDIS_URL"]), monotonic()
    names = [f"{prefix}_{index}" for index in range(number)]
    for index, name in enumerate(names):
        sleep(max(0.0, start + index / a_second - monotonic()))
        account = f"ACC_{index % 97}"
        cache.write([make_alert(transaction_id=name, sender_account_id=account, event_time=datetime.now(UTC))])
    return names


def _bench_told(stack: LocalStack, pages: int, seconds: int) -> dict[str, Any]:
    memory = _Memory(stack.pids["fraud_dashboard"])
    _raise(stack, "first", 1, ALERTS_A_SECOND)
    readers, raised, port = [Reader() for _ in range(pages)], [], _port(stack)

    async def run() -> None:
        following = [asyncio.create_task(reader.follow(port)) for reader in readers]
        await _until(lambda: all(reader.told for reader in readers))
        for second in range(seconds):
            raised.extend(
                await asyncio.to_thread(
                    _raise, stack, f"told_{second}", ALERTS_A_SECOND_TO_MANY, ALERTS_A_SECOND_TO_MANY
                )
            )
            memory.look()
        await _until(lambda: all(reader.told[-1:] == raised[-1:] for reader in readers))
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)

    asyncio.run(run())
    complete = sum([name for name in reader.told if name.startswith("told_")] == raised for reader in readers)
    return {"pages": pages, "alerts": len(raised), "seconds": seconds, "complete_pages": complete, **memory.figures()}


async def _until(condition: Callable[[], bool]) -> None:
    retrying = AsyncRetrying(stop=stop_after_delay(ARRIVE_WITHIN_S), wait=wait_fixed(0.05), retry=retry_if_result(not_))
    await retrying(_told, condition)


async def _told(condition: Callable[[], bool]) -> bool:
    return condition()


class _Memory:
    """The resident memory of the page's processes, looked at every second, and their CPU time since the start."""

    def __init__(self, pid: int) -> None:
        process = psutil.Process(pid)
        self._processes = [process, *process.children(recursive=True)]
        self._bytes: list[int] = []
        self._begun, self._used_s = monotonic(), self._cpu_s()

    def _cpu_s(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self._processes)

    def look(self) -> None:
        """Take a sample."""
        self._bytes.append(sum(process.memory_info().rss for process in self._processes))

    def figures(self) -> dict[str, float]:
        """Return the memory after a quarter of the samples, and at the end, in MB; the share of a core in use."""
        quarter = self._bytes[len(self._bytes) // 4]
        share = (self._cpu_s() - self._used_s) / (monotonic() - self._begun)
        return {
            "memory_mb_after_a_quarter": round(quarter / 1e6),
            "memory_mb_at_the_end": round(self._bytes[-1] / 1e6),
            "server_cores": round(share, 2),
        }


if __name__ == "__main__":
    main()
