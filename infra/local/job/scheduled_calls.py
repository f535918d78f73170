"""Calls by the clock: `python -m infra.local.job.scheduled_calls SECONDS URL` until it is ended."""

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from time import monotonic, sleep
from urllib.parse import urlsplit

_TIMEOUT_S = 60.0


def call(url: str) -> str | None:
    """POST to an address; return what went wrong, None if nothing."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", parts.path)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
    return None if status < HTTPStatus.BAD_REQUEST else f"status {status}"


def main(seconds: float, url: str) -> None:
    """Call at once, then each time so many seconds have passed; a call that takes longer is followed at once."""
    while True:
        began = monotonic()
        problem = call(url)
        if problem:
            sys.stdout.write(f"POST {url}: {problem}\n")
            sys.stdout.flush()
        sleep(max(0.0, began + seconds - monotonic()))


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
