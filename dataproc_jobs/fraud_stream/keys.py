"""The HMAC key ring, read where masking runs: never part of a plan, a closure, a log or a checkpoint."""

from functools import cache
from pathlib import Path

import msgspec
from pydantic import SecretStr, model_validator

from fraud.masking import KeyRing
from fraud_stream.settings import Settings


class KeySettings(Settings):
    """Hex keys by version as JSON `{"1": "…"}`: in a file, or in the environment."""

    pii_hmac_keys_file: Path | None = None
    pii_hmac_keys: SecretStr | None = None

    @model_validator(mode="after")
    def _is_given_once(self) -> "KeySettings":
        if (self.pii_hmac_keys_file is None) == (self.pii_hmac_keys is None):
            raise ValueError("set either PII_HMAC_KEYS_FILE or PII_HMAC_KEYS")
        return self


@cache
def key_ring() -> KeyRing:
    """Return this process's key ring. Raises ValueError that says what is wrong, without a key in it."""
    return KeyRing(_parse(_document(KeySettings())))


def _document(settings: KeySettings) -> bytes:
    if settings.pii_hmac_keys is not None:
        return settings.pii_hmac_keys.get_secret_value().encode()
    try:
        return Path(str(settings.pii_hmac_keys_file)).read_bytes()
    except OSError as error:
        raise ValueError(f"PII_HMAC_KEYS_FILE cannot be read: {error.strerror}") from None


def _parse(document: bytes) -> dict[str, str]:
    try:
        return msgspec.json.decode(document, type=dict[str, str])
    except ValueError:
        pass
    raise ValueError('the HMAC keys are not a JSON object of hex keys by version, such as {"1": "…"}')
