"""What a token of Google says about its bearer, once all of it has been verified here."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import msgspec
from google.auth import jwt

from fraud_service.http.certificates import Certificates

SKEW = timedelta(seconds=30)
REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE"
"""What Cloud Run puts in the place of the signature of a token that it has checked and a program might replay
(cloud.google.com/run/docs/troubleshooting, "signature removed"); nothing can be verified there any more."""


class TokenError(Exception):
    """A token that proves nothing; says why, without the token."""


class _Header(msgspec.Struct):
    kid: str


class _Named(msgspec.Struct):
    email: str


class Claims(msgspec.Struct, frozen=True):
    """What is read of a token; times in seconds since 1970."""

    iss: str
    aud: str
    exp: float
    email: str
    email_verified: bool = False


def bearer(header: str) -> str:
    """Return the token of an authorization header, or nothing."""
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def unverified_email(token: str) -> str:
    """Return whom a token names, true or not; nothing where it names nobody."""
    try:
        return msgspec.convert(jwt.decode(token, verify=False), _Named).email
    except (ValueError, msgspec.MsgspecError):
        return ""


def verified(
    token: str,
    certificates: Certificates,
    issuers: Collection[str],
    audiences: Collection[str],
    now: datetime,
    *,
    may_be_stripped: bool,
) -> Claims:
    """Return the claims of a token that is signed, meant for one of `audiences`, by one of `issuers`, and in time.

    `may_be_stripped`: the token is of the header that Cloud Run has checked, and no other; so a signature that Cloud
    Run has taken away counts as verified. Raises TokenError, and RetryableError while the keys are out of reach.
    """
    try:
        key_id = msgspec.convert(jwt.decode_header(token), _Header).kid
        is_stripped = may_be_stripped and token.rpartition(".")[2] == REMOVED
        keys = None if is_stripped else certificates.keys(key_id)
        skew = int(SKEW.total_seconds())
        payload = jwt.decode(token, keys, verify=not is_stripped, clock_skew_in_seconds=skew)
        claims = msgspec.convert(payload, Claims)
    except (ValueError, msgspec.MsgspecError) as error:  # google-auth's own errors are ValueErrors, and quote the token
        problem = TokenError(f"the token is not good: {type(error).__name__}")
    else:
        return _accepted(claims, issuers, audiences, now)
    raise problem


def _accepted(claims: Claims, issuers: Collection[str], audiences: Collection[str], now: datetime) -> Claims:
    if claims.iss not in issuers:
        raise TokenError("the token is of another issuer")
    if claims.aud not in audiences:
        raise TokenError("the token is meant for somebody else")
    if datetime.fromtimestamp(claims.exp, UTC) + SKEW < now:
        raise TokenError("the token has expired")
    return claims
