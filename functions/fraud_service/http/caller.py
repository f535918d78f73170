"""Who calls: on Cloud Run the account whose identity token IAM has checked, on loopback the name a header gives."""

import os
from http import HTTPStatus

from flask import Request
from google.auth import jwt

from fraud_service.http.problem import ProblemError

LOCAL_HEADER = "X-Caller"
MAX_NAME = 254


def caller(request: Request) -> str:
    """Return the caller's e-mail address, or locally the name in `X-Caller`. Raises ProblemError 401 without one.

    Cloud Run lets only checked tokens through and takes their signature away, so the claims alone are read here.
    """
    return name_of_caller(request.headers.get("Authorization", ""), request.headers.get(LOCAL_HEADER, ""))


def name_of_caller(authorization: str, local_name: str) -> str:
    """Return who calls, given the header with the token and the name that counts locally. Raises ProblemError 401."""
    name = _token_email(authorization) if is_on_cloud_run() else local_name.strip()
    if not name or len(name) > MAX_NAME:
        wanted = "an identity token with an e-mail address" if is_on_cloud_run() else f"the header {LOCAL_HEADER}"
        raise ProblemError(HTTPStatus.UNAUTHORIZED, f"say who calls, by {wanted}", None, {"WWW-Authenticate": "Bearer"})
    return name


def is_on_cloud_run() -> bool:
    """Tell whether Cloud Run runs this process, and IAM has checked each caller."""
    return "K_SERVICE" in os.environ


def _token_email(authorization: str) -> str:
    token = authorization.removeprefix("Bearer ").strip()
    try:
        return str(jwt.decode(token, verify=False).get("email", ""))
    except ValueError:
        return ""
