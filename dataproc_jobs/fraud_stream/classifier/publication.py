"""Which models there are, and what each may do: `models/current.json`, which only the trainer writes."""

from enum import StrEnum

import msgspec

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.classifier.model import BrokenModelError, Digests

CURRENT = "models/current.json"


class Mode(StrEnum):
    """What a model does: `live` gates, `shadow` scores beside it, `off` does nothing."""

    LIVE = "live"
    SHADOW = "shadow"
    OFF = "off"


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model, and its mode."""

    digests: Digests
    mode: Mode
    trained_at: str


class Publication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The models in force, the champion first. Of two that are live the first one gates."""

    models: tuple[Published, ...] = ()
    schema_version: int = 1

    @property
    def champion(self) -> Published | None:
        """The model that scores, and gates where it is live."""
        ranked = [model for mode in (Mode.LIVE, Mode.SHADOW) for model in self.models if model.mode is mode]
        return ranked[0] if ranked else None


def read_publication(location: str) -> Publication:
    """Return what is published below a location: nothing where there is no manifest.

    Raises BrokenModelError for a manifest that cannot be read.
    """
    try:
        content = Checkpoint.at(location).read(CURRENT)
        return decode_publication(content) if content else Publication()
    except (OSError, msgspec.DecodeError) as error:
        raise BrokenModelError(f"{location}/{CURRENT}: {error}") from error


def decode_publication(content: bytes) -> Publication:
    """Return a manifest. Raises msgspec.DecodeError."""
    return msgspec.json.decode(content, type=Publication)


def encode_publication(publication: Publication) -> bytes:
    """Return a manifest as JSON."""
    return msgspec.json.encode(publication)
