"""Files that are created only where there is none yet: of several writers at once, one decides.

On a disk the finished file is linked to its name, which the kernel refuses where the name is taken. In a bucket the
object is written on the condition that it has no generation yet.
"""

import os
from functools import cache
from pathlib import Path
from uuid import uuid4

from google.api_core.exceptions import PreconditionFailed
from google.cloud.storage import Client

TIMEOUT_S = 20
"""How long one request to a bucket may take; the client tries again for two minutes."""


def create_on_disk(path: str, content: bytes) -> bool:
    """Create a file, whole or not at all, and its folders; False where the name is taken."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    finished = target.with_name(f"{target.name}.{uuid4().hex}.tmp")
    try:
        finished.write_bytes(content)
        os.link(finished, target)
    except FileExistsError:
        return False
    finally:
        finished.unlink(missing_ok=True)
    return True


def create_in_bucket(path: str, content: bytes) -> bool:
    """Create the object `bucket/name`; False where it is there, be it by an own request whose answer was lost."""
    bucket, _, name = path.partition("/")
    try:
        storage_client().bucket(bucket).blob(name).upload_from_string(
            content, "application/octet-stream", if_generation_match=0, timeout=TIMEOUT_S
        )
    except PreconditionFailed:
        return False
    return True


@cache
def storage_client() -> Client:
    """Return this process's client of buckets."""
    return Client()
