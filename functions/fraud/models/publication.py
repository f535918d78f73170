"""Which models there are, and what each may do: `models/current.json`, written by the trainer and by two people."""

from enum import StrEnum

import msgspec

from fraud.errors import AbsentError

CURRENT = "models/current.json"


class Mode(StrEnum):
    """What a model does: `live` gates, `shadow` scores beside it, `off` does nothing."""

    LIVE = "live"
    SHADOW = "shadow"
    OFF = "off"


class Digests(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a manifest says of a model's files: the SHA-256 of `model.txt`, its name, and of `calibration.json`."""

    sha256: str
    calibration_sha256: str


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model, and its mode."""

    digests: Digests
    mode: Mode
    trained_at: str


class Publication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The models in force. Of two that are live the first one gates; of those in shadow the newest is looked at."""

    models: tuple[Published, ...] = ()
    schema_version: int = 1

    @property
    def champion(self) -> Published | None:
        """The model that scores, and gates where it is live."""
        return next(iter(self._ranked), None)

    @property
    def challenger(self) -> Published | None:
        """The model that scores the same payments beside the champion, and decides nothing."""
        return next((model for model in self._ranked[1:] if model.mode is Mode.SHADOW), None)

    @property
    def _ranked(self) -> list[Published]:
        live = [model for model in self.models if model.mode is Mode.LIVE]
        return live + [model for model in reversed(self.models) if model.mode is Mode.SHADOW]


def switched(publication: Publication, sha256: str, mode: Mode) -> Publication:
    """Return what stands after a model's switch; one that goes live sends the one before it into shadow.

    Raises AbsentError where no such model is published.
    """
    if all(model.digests.sha256 != sha256 for model in publication.models):
        raise AbsentError("no such model is published")
    return Publication(tuple(_after(model, sha256, mode) for model in publication.models))


def _after(model: Published, sha256: str, mode: Mode) -> Published:
    if model.digests.sha256 == sha256:
        return msgspec.structs.replace(model, mode=mode)
    is_ousted = mode is Mode.LIVE and model.mode is Mode.LIVE
    return msgspec.structs.replace(model, mode=Mode.SHADOW) if is_ousted else model


def decode_publication(content: bytes) -> Publication:
    """Return a manifest. Raises msgspec.DecodeError."""
    return msgspec.json.decode(content, type=Publication)


def encode_publication(publication: Publication) -> bytes:
    """Return a manifest as JSON."""
    return msgspec.json.encode(publication)
