"""What BigQuery answers, by kind: what passes, what a quota holds up, what a right is missing for, what surprises.

A short list surprises an append: the offset is taken or leaves a gap, the stream is gone or finalized. Only those say
anything about the stream; whoever took another answer for one would seal a good stream and open the next in vain.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus

import structlog
from google.api_core import exceptions
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.bigquery_storage_v1 import types
from grpc import StatusCode

log = structlog.get_logger()
_Storage = types.StorageError.StorageErrorCode

_SURPRISES = frozenset(
    {StatusCode.ALREADY_EXISTS, StatusCode.OUT_OF_RANGE, StatusCode.NOT_FOUND, StatusCode.FAILED_PRECONDITION}
)
_STREAM_SURPRISES = frozenset(
    {
        _Storage.OFFSET_ALREADY_EXISTS,
        _Storage.OFFSET_OUT_OF_RANGE,
        _Storage.STREAM_NOT_FOUND,
        _Storage.STREAM_FINALIZED,
        _Storage.INVALID_STREAM_STATE,
    }
)
_PASSING = (
    exceptions.ServiceUnavailable,
    exceptions.Aborted,
    exceptions.Cancelled,
    exceptions.DeadlineExceeded,
    exceptions.GatewayTimeout,
    exceptions.InternalServerError,
    exceptions.Unknown,
    exceptions.RetryError,
    ConnectionError,
    TimeoutError,
)
_RIGHTLESS = (exceptions.PermissionDenied, exceptions.Unauthenticated)
_DENIED = "accessDenied"


class RefusedAppendError(Exception):
    """The stream cannot take these rows at this offset: they may stand in the table already."""


class RefusedRowsError(Exception):
    """BigQuery will never take these rows, or this table: it says so each time alike."""


class MissingRightError(Exception):
    """The job's account may not do what it must; the message names the right and the table."""


def is_passing(error: BaseException) -> bool:
    """Tell whether an error is one of a connection or a server that will be back soon."""
    return isinstance(error, _PASSING)


def is_quota(error: BaseException) -> bool:
    """Tell whether an error ends by itself in seconds to minutes: a quota fills up, a new column becomes known."""
    if isinstance(error, exceptions.TooManyRequests):  # RESOURCE_EXHAUSTED is a subclass
        return True
    return isinstance(error, GoogleAPICallError) and _storage_code(error) == _Storage.SCHEMA_MISMATCH_EXTRA_FIELDS


def error_in(response: types.AppendRowsResponse) -> GoogleAPICallError | None:
    """Return the error that stands in the answer to an append. Raises RefusedRowsError if single rows are refused."""
    if response.row_errors:
        raise RefusedRowsError(f"{len(response.row_errors)} rows: {_codes(response.row_errors)}")
    if not response.error.code:
        return None
    error = response.error
    told: GoogleAPICallError = exceptions.from_grpc_status(error.code, error.message, details=list(error.details))
    return told


def judged(error: GoogleAPICallError) -> Exception:
    """Return what an append's error is to be raised as; never with BigQuery's own words, which may quote a row."""
    if is_passing(error) or is_quota(error) or isinstance(error, _RIGHTLESS):
        return error
    code, named = error.grpc_status_code, _storage_code(error)
    name = f"{code.name if code else error.code}{f' {named.name}' if named else ''}"
    if named in _STREAM_SURPRISES or _says_finalized(error) or (not named and code in _SURPRISES):
        return RefusedAppendError(name)
    return RefusedRowsError(name)


@contextmanager
def needing(right: str, target: str) -> Iterator[None]:
    """Raise MissingRightError where Google says that a right on a table or topic is missing."""
    try:
        yield
    except GoogleAPICallError as error:
        if _is_denial(error):
            log.error("right_missing", target=target, right=right)  # noqa: TRY400  its words may quote a row
            raise MissingRightError(
                f"Google answers {HTTPStatus(error.code or 403).name} for {target}: the job's service account needs "
                f"{right} there"
            ) from error
        raise


def _is_denial(error: GoogleAPICallError) -> bool:
    if isinstance(error, (*_RIGHTLESS, exceptions.Unauthorized)):
        return True
    reasons = [detail.get("reason") for detail in error.errors if isinstance(detail, dict)]
    return isinstance(error, exceptions.Forbidden) and _DENIED in reasons


def _storage_code(error: GoogleAPICallError) -> types.StorageError.StorageErrorCode | None:
    for detail in error.details or ():
        found = types.StorageError.pb(types.StorageError())
        if hasattr(detail, "Is") and detail.Is(found.DESCRIPTOR) and detail.Unpack(found):
            return _Storage(found.code)
    return None


def _says_finalized(error: GoogleAPICallError) -> bool:
    return isinstance(error, exceptions.InvalidArgument) and "finalized" in error.message.lower()


def _codes(errors: Sequence[types.RowError]) -> str:
    return ", ".join(sorted({error.code.name for error in errors}))
