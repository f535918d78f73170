"""JSON answers; amounts are numbers with every digit they have."""

from http import HTTPStatus

import msgspec
from flask import Response

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def answer(document: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return a document as a JSON answer that no cache keeps."""
    response = Response(_ENCODER.encode(document), status.value, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
