import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from fraud.configuration import KafkaAccess, problems

HIDDEN = "hunter2-hunter2"
AWKWARD = r'p"a\ss;word$'
BROKER = {"kafka_bootstrap_servers": "kafka:9092"}
LOGIN = {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": "user", "kafka_sasl_password": HIDDEN}


def access(**fields: str) -> KafkaAccess:
    return KafkaAccess.model_validate(BROKER | fields)


def test_without_a_login_there_is_an_address_alone() -> None:
    plain = {"bootstrap.servers": "kafka:9092", "security.protocol": "PLAINTEXT"}
    assert access().client_options() == access().java_options() == plain


def test_librdkafka_takes_the_login_as_it_is() -> None:
    assert access(**LOGIN | {"kafka_sasl_password": AWKWARD}).client_options() == {
        "bootstrap.servers": "kafka:9092",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "user",
        "sasl.password": AWKWARD,
    }


@pytest.mark.parametrize(
    ("mechanism", "module"),
    [("PLAIN", "plain.PlainLoginModule"), ("SCRAM-SHA-256", "scram.Scram"), ("SCRAM-SHA-512", "scram.Scram")],
)
def test_java_is_told_the_module_of_the_mechanism(mechanism: str, module: str) -> None:
    options = access(**LOGIN | {"kafka_sasl_mechanism": mechanism}).java_options()
    assert options["sasl.mechanism"] == mechanism
    assert options["sasl.jaas.config"].startswith(f"org.apache.kafka.common.security.{module}")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text(min_size=1))
def test_java_reads_the_quoted_login_back(user: str, password: str) -> None:
    kafka = KafkaAccess(
        kafka_bootstrap_servers="k:1",
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_username=user,
        kafka_sasl_password=SecretStr(password),
    )
    text = kafka.java_options()["sasl.jaas.config"]
    head, given_user, rest = text.split(" ", 2)[1], *_java_string(text.split("username=", 1)[1])
    assert (head, given_user) == ("required", user)
    assert _java_string(rest.removeprefix(" password=")) == (password, ";")


def _java_string(text: str) -> tuple[str, str]:
    """Return the quoted text as java.io.StreamTokenizer reads it, and what comes after it."""
    assert text[0] == '"'
    read, at = "", 1
    while text[at] != '"':
        assert text[at] not in "\r\n"
        at += text[at] == "\\"
        read += {"n": "\n", "r": "\r"}.get(text[at], text[at]) if text[at - 1] == "\\" else text[at]
        at += 1
    return read, text[at + 1 :]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"kafka_bootstrap_servers": " "}, "KAFKA_BOOTSTRAP_SERVERS: "),
        (LOGIN | {"kafka_security_protocol": "TLS"}, "KAFKA_SECURITY_PROTOCOL: "),
        (LOGIN | {"kafka_sasl_mechanism": "GSSAPI"}, "KAFKA_SASL_MECHANISM: "),
        (LOGIN | {"kafka_sasl_username": ""}, "SASL_SSL needs KAFKA_SASL_USERNAME"),
        (LOGIN | {"kafka_sasl_username": "", "kafka_sasl_password": ""}, "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"),
        (LOGIN | {"kafka_security_protocol": "SSL"}, "KAFKA_SECURITY_PROTOCOL=SSL sends no login"),
        ({"kafka_sasl_password": HIDDEN}, "are set together or not at all"),
    ],
)
def test_what_is_wrong_is_named_and_not_shown(fields: dict[str, str], line: str) -> None:
    with pytest.raises(ValidationError) as caught:
        access(**fields)
    assert line in problems(caught.value)
    assert HIDDEN not in f"{problems(caught.value)} {caught.value}"
