"""The profiles that stand in the warehouse, brought into the checkpoint beside the batches.

The table is looked at once a minute, by a thread of its own: no batch waits for it. While BigQuery does not answer, the
profiles that were last brought go on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import monotonic
from typing import Any, Protocol

import pyarrow as pa
import structlog
from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.profiles import DAYS, Version, holds
from fraud_stream.profiles.profiles import encoded, hashed
from fraud_stream.state.window import microseconds

LOOK_EACH_S = 60.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSIONS = f"select as_of, count(*) as accounts from account_profiles group by as_of order by as_of desc limit {DAYS}"  # noqa: S608
_PAGES = (
    "select sender_account_id, last_event_time, habit_usd, device_ids, merchant_ids "
    "from account_profiles where as_of = @as_of"
)

log = structlog.get_logger()


class Source(Protocol):
    """Who answers queries over the dataset's tables, by rows or as Arrow."""

    def rows(self, query: str, parameters: Sequence[bigquery.ScalarQueryParameter] = ...) -> list[Mapping[str, Any]]:
        """Return rows."""

    def pages(self, query: str, parameters: Sequence[bigquery.ScalarQueryParameter] = ...) -> Iterator[pa.RecordBatch]:
        """Yield batches of rows."""


@dataclass
class StandingProfiles:
    """What was last brought; None before the first look has ended."""

    checkpoint: Checkpoint
    warehouse: Source
    clock: Callable[[], float] = monotonic
    _due: float = -1.0
    _look: Thread | None = None
    _held: tuple[Version, ...] | None = field(default=None)

    def __call__(self) -> Sequence[Version] | None:
        """Return what was last brought; begin to look anew if that is due, and wait for nothing."""
        if self.clock() >= self._due and not (self._look and self._look.is_alive()):
            self._due = self.clock() + LOOK_EACH_S
            self._look = Thread(target=self.look, name="profiles", daemon=True)
            self._look.start()
        return self._held

    def look(self) -> None:
        """Bring what stands in the table now. An erasure makes a version with fewer accounts, which is brought anew."""
        try:
            versions = [
                Version(microseconds(row["as_of"] - _EPOCH), row["accounts"]) for row in self.warehouse.rows(_VERSIONS)
            ]
            for version in versions:
                self._bring(version)
            self._held = tuple(versions)
        except (GoogleAPICallError, RetryError, GoogleAuthError, OSError) as error:
            log.error("profiles_not_read", error=type(error).__name__)  # noqa: TRY400

    def _bring(self, version: Version) -> None:
        if holds(self.checkpoint, version):
            return
        as_of = _EPOCH + timedelta(microseconds=version.as_of)
        parameters = [bigquery.ScalarQueryParameter("as_of", "TIMESTAMP", as_of)]
        profiles = hashed(version.as_of, self.warehouse.pages(_PAGES, parameters))
        content = encoded(profiles)
        self.checkpoint.write(version.name, content)
        log.info("profiles_read", as_of=str(as_of), accounts=len(profiles.accounts))
