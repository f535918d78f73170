"""The keys that hash cards on a laptop, made on the first start."""

import json
import secrets
from contextlib import suppress
from pathlib import Path

_KEY_BYTES = 32
_SCHEME = 2  # hashes without the CVV


def provide(file: Path) -> None:
    """Write a key of version 1, readable by the owner only, unless the file is there.

    Several components ask for it at the same moment: the first one's key is everybody's.
    """
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(f".{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps({"1": f"{_SCHEME}:{secrets.token_hex(_KEY_BYTES)}"}))
    with suppress(FileExistsError):
        file.hardlink_to(fresh)
    fresh.unlink()
