"""Settings that several functions share, read from the environment; a bad one ends a function at start by its name."""

import sys
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, HttpUrl, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from fraud.configuration import problems

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


def _encrypted(url: HttpUrl) -> HttpUrl:
    if url.scheme != "https" and url.host not in LOOPBACK:
        raise ValueError("must be https")
    return url


HttpsUrl = Annotated[HttpUrl, AfterValidator(_encrypted)]
"""An address that is spoken to encrypted, unless it is on this machine."""


class Settings(BaseSettings):
    """Fields are named as their environment variables; an error never shows what was set."""

    model_config = SettingsConfigDict(hide_input_in_errors=True, frozen=True)


class ProjectSettings(Settings):
    """The Google Cloud project whose Firestore and Pub/Sub are used; emulators by the variables of Google's clients."""

    google_cloud_project: Text


class RedisSettings(Settings):
    """Redis, `redis://` or `rediss://`; a secret, since the address may carry a password."""

    redis_url: SecretStr


@cache
def project() -> str:
    """Return the Google Cloud project. Raises pydantic's ValidationError, which names the variable."""
    return ProjectSettings().google_cloud_project


def required(*kinds: type[Settings]) -> None:
    """Check settings while a function starts; a bad one ends the process with one line that names the variable."""
    for kind in kinds:
        try:
            kind()
        except ValidationError as error:
            sys.exit(problems(error))
