"""JSON answers; amounts are numbers with every digit they have."""

from http import HTTPStatus

import msgspec
from flask import Response

encode_answer = msgspec.json.Encoder(decimal_format="number").encode


def answer(document: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return a document as a JSON answer that no cache keeps."""
    response = Response(encode_answer(document), status.value, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
