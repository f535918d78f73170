from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from fraud.channels.signature import secret_key, signed_headers
from tests.builders import NOON


def test_a_signature_is_that_of_the_specification() -> None:
    """The test vector that the reference libraries share."""
    key = secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    headers = signed_headers([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), body)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("secret", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "QUJD" * 8])
def test_the_specification_s_own_library_accepts_it(secret: str) -> None:
    keys = [b"of an older secret, in use", secret_key(secret)]
    body = '{"merchant": "Café"}'.encode()
    headers = signed_headers(keys, "ntf_1", datetime.now(UTC), body)  # the library reads the clock itself
    assert Webhook(secret).verify(body, headers) == {"merchant": "Café"}


def test_while_a_key_is_replaced_both_sign() -> None:
    keys = [b"n" * 24, b"o" * 24]
    both = signed_headers(keys, "ntf_1", NOON, b"{}")["webhook-signature"].split(" ")
    assert both == [signed_headers([key], "ntf_1", NOON, b"{}")["webhook-signature"] for key in keys]


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_%%%", "whsec_" + "A" * 128]
)
def test_a_weak_or_broken_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes in base64") as refused:
        secret_key(secret)
    assert "MfKQ" not in str(refused.value)
