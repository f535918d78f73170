"""Signatures of webhooks by the Standard Webhooks specification, version 1 (https://www.standardwebhooks.com).

HMAC-SHA-256 over id, timestamp and body, so that a receiver can tell who sent it, that nothing was changed, and that
it is not an old message sent again.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import datetime

SECRET_PREFIX = "whsec_"  # noqa: S105  the mark of a secret, not one
MIN_SECRET_BYTES = 24
MAX_SECRET_BYTES = 64


def secret_key(secret: str) -> bytes:
    """Return the key of a secret `whsec_…`. Raises ValueError unless it is 24 to 64 bytes in base64."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise ValueError("a secret is whsec_ and 24 to 64 bytes in base64")
    return key


def signed_headers(keys: Iterable[bytes], message_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """Return a message's headers, signed with every key: while a key is replaced, either will do to verify."""
    timestamp = int(moment.timestamp())
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
