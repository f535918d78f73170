"""Tokens as Google signs them, by keys of our own: what stands in for Google is its key server alone."""

import json
import time
from base64 import urlsafe_b64encode
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from google.auth import crypt, jwt
from google.auth.crypt.es import EsSigner

from fraud_service.http.certificates import Keys
from fraud_service.http.token import REMOVED

AUDIENCE = "https://europe-west1-acme.cloudfunctions.net/manual-review"
ISSUER = "https://accounts.google.com"
IAP_AUDIENCE = "/projects/123456789/global/backendServices/987654321"
IAP_ISSUER = "https://cloud.google.com/iap"
KEY_ID, IAP_KEY_ID = "key-1", "iap-1"


@cache
def _private_key(key_id: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    """Return a key; each id has its own, of the kind that Google signs such tokens with."""
    is_iap = key_id == IAP_KEY_ID
    return ec.generate_private_key(ec.SECP256R1()) if is_iap else rsa.generate_private_key(65537, 2048)


@cache
def signer(key_id: str = KEY_ID) -> crypt.Signer:
    """Return a signer."""
    pem = _private_key(key_id).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    kind = EsSigner if key_id == IAP_KEY_ID else crypt.RSASigner
    made: crypt.Signer = kind.from_string(pem, key_id)
    return made


@cache
def _public_key(key_id: str) -> str:
    key = _private_key(key_id).public_key()
    return str(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def keys(*key_ids: str) -> Keys:
    """Return what Google's key server would."""
    return {key_id: _public_key(key_id) for key_id in key_ids or (KEY_ID,)}


def token(email: str | None = "jo@bank.example", key_id: str = KEY_ID, **claims: object) -> str:
    """Return a signed identity token, good for an hour; a claim that is None is left out."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 3600, "email": email, "email_verified": True}
    wanted = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return str(jwt.encode(signer(key_id), wanted).decode())


def stripped(signed: str) -> str:
    """Return a token as Cloud Run hands it on once it has checked it."""
    return f"{signed.rpartition('.')[0]}.{REMOVED}"


def unsigned(email: str) -> str:
    """Return what anybody can write: a token's form, no signature."""
    parts = ({"alg": "RS256", "kid": KEY_ID}, {"iss": ISSUER, "aud": AUDIENCE, "email": email, "email_verified": True})
    texts = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*texts, urlsafe_b64encode(b"forged").decode().rstrip("=")])


def assertion(email: str = "kim@bank.example", key_id: str = IAP_KEY_ID, **claims: object) -> str:
    """Return what Identity-Aware Proxy puts beside a request."""
    return token(email, key_id, **{"iss": IAP_ISSUER, "aud": IAP_AUDIENCE, "email_verified": None, **claims})
