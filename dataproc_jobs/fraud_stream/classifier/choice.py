"""Which model each batch is scored by: one that is published rules from the first batch on that has not begun."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import msgspec
import structlog

from fraud.models.publication import Mode, Publication, Published
from fraud_stream.checkpoint.book import Book
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.classifier.model import BrokenModelError
from fraud_stream.classifier.publication import read_publication

FOLDER = "models"
LOOK_EACH_S = 5.0

log = structlog.get_logger()


class Choice(msgspec.Struct, frozen=True):
    """The models of a batch: the champion, and the challenger beside it; nothing where none is published.

    `broken` where there is a publication that cannot be read: then nothing is held back, and every row says so.
    """

    location: str = ""
    champion: Published | None = None
    broken: bool = False
    challenger: Published | None = None


NOTHING = Choice()
"""No model is published."""


@dataclass
class Choices:
    """What has been chosen for the batches of a checkpoint, and what is chosen next.

    `location` is where models are published (None: nowhere), `elapsed` tells seconds since some moment.
    """

    checkpoint: Checkpoint
    location: str | None
    elapsed: Callable[[], float]
    _looked: tuple[float, Choice] | None = None
    _book: Book[Choice] = field(init=False)

    def __post_init__(self) -> None:
        """Read what earlier batches were scored by."""
        self._book = Book(self.checkpoint, FOLDER, msgspec.json.encode, _read, NOTHING)

    def of(self, batch_id: int) -> Choice:
        """Return the choice of a batch: what it was begun with, else what is published now."""
        return self._book.of(batch_id, partial(self._chosen, batch_id))

    def _chosen(self, batch_id: int, before: Choice | None) -> Choice:
        wanted = self._published()
        if wanted != before:
            log.info("model_chosen", batch_id=batch_id, **_told(wanted))
        return wanted

    def _published(self) -> Choice:
        if self.location is None:
            return Choice()
        now = self.elapsed()
        if self._looked is None or now - self._looked[0] >= LOOK_EACH_S:
            self._looked = now, _look(self.location)
        return self._looked[1]


def _read(content: bytes) -> Choice:
    return msgspec.json.decode(content, type=Choice)


def _look(location: str) -> Choice:
    try:
        return chosen(location, read_publication(location))
    except BrokenModelError as error:
        log.exception("model_broken", error=str(error))
        return Choice(location, broken=True)


def chosen(location: str, publication: Publication) -> Choice:
    """Return the choice that a publication means."""
    if publication.champion is None:
        return Choice()
    return Choice(location, publication.champion, challenger=publication.challenger)


def _told(choice: Choice) -> dict[str, str]:
    if choice.champion is None:
        return {"model": "broken" if choice.broken else "none"}
    beside = {"challenger": choice.challenger.digests.sha256} if choice.challenger else {}
    return {"model": choice.champion.digests.sha256, "mode": choice.champion.mode.value, **beside}


def is_live(choice: Choice) -> bool:
    """Tell whether a gate stands in a batch."""
    return choice.broken or (choice.champion is not None and choice.champion.mode is Mode.LIVE)
