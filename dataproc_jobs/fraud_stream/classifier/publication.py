"""What is published below a location, as the job and the trainer read it."""

import msgspec

from fraud.models.publication import CURRENT, Publication, decode_publication
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.classifier.model import BrokenModelError


def read_publication(location: str) -> Publication:
    """Return what is published below a location: nothing where there is no manifest.

    Raises BrokenModelError for a manifest that cannot be read.
    """
    try:
        content = Checkpoint.at(location).read(CURRENT)
        return decode_publication(content) if content else Publication()
    except (OSError, msgspec.DecodeError) as error:
        raise BrokenModelError(f"{location}/{CURRENT}: {error}") from error
