"""Where the HMAC keys of card data come from: one document, in a file or in the environment."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
from pydantic import BaseModel, SecretStr, StringConstraints, model_validator

from fraud.masking.key import KeyRing


class KeySource(BaseModel):
    """Hex keys by version as JSON `{"1": "…"}`; the fields are named as the environment variables are.

    `pii_key_version` masks new events; none, and the newest does. It is set to a new version only once every program
    that looks cards up knows that one.

    A settings class of an edge adds it to its bases, and hides input in errors.
    """

    pii_hmac_keys_file: Path | None = None
    pii_hmac_keys: SecretStr | None = None
    pii_key_version: Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d{0,8})$")] | None = None

    @model_validator(mode="after")
    def _is_given_once(self) -> "KeySource":
        if (self.pii_hmac_keys_file is None) == (self.pii_hmac_keys is None):
            raise ValueError("set either PII_HMAC_KEYS_FILE or PII_HMAC_KEYS")
        return self

    def key_ring(self, read: Callable[[Path], bytes]) -> KeyRing:
        """Return the keys, their file read by `read`. Raises ValueError that says what is wrong, without a key."""
        return KeyRing(_parse(self._document(read)), self.pii_key_version)

    def _document(self, read: Callable[[Path], bytes]) -> bytes:
        if self.pii_hmac_keys is not None:
            return self.pii_hmac_keys.get_secret_value().encode()
        try:
            return read(Path(str(self.pii_hmac_keys_file)))
        except OSError as error:
            raise ValueError(f"PII_HMAC_KEYS_FILE cannot be read: {error.strerror}") from None


def _parse(document: bytes) -> dict[str, str]:
    try:
        return msgspec.json.decode(document, type=dict[str, str])
    except ValueError:
        pass
    raise ValueError('the HMAC keys are not a JSON object of hex keys by version, such as {"1": "…"}')
