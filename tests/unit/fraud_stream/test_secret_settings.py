"""Secret settings read through Google's own client, from a server on loopback that answers as Secret Manager does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.cloud import secretmanager
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport
from pydantic_settings import SettingsError

from fraud_stream import keys, secret_settings
from fraud_stream.keys import key_ring
from fraud_stream.settings import KafkaSettings, StreamSettings

NAME = "projects/1/secrets/{}/versions/3"
SECRETS = {
    NAME.format("redis-url"): b"rediss://:hunter2@10.0.0.3:6378/0",
    NAME.format("kafka"): b"hunter3",
    NAME.format("keys"): b'{"1": "' + b"5a" * 32 + b'"}',
}


def access(
    request: secretmanager.AccessSecretVersionRequest, context: grpc.ServicerContext
) -> secretmanager.AccessSecretVersionResponse:
    if request.name not in SECRETS:
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "no")
    return secretmanager.AccessSecretVersionResponse(
        name=request.name, payload=secretmanager.SecretPayload(data=SECRETS[request.name])
    )


@pytest.fixture(autouse=True)
def secret_manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    handler = grpc.unary_unary_rpc_method_handler(
        access,
        request_deserializer=secretmanager.AccessSecretVersionRequest.deserialize,
        response_serializer=secretmanager.AccessSecretVersionResponse.serialize,
    )
    server = grpc.server(ThreadPoolExecutor(1))
    service = "google.cloud.secretmanager.v1.SecretManagerService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"AccessSecretVersion": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        transport = SecretManagerServiceGrpcTransport(channel=channel)
        client = secretmanager.SecretManagerServiceClient(transport=transport)
        monkeypatch.setattr(secret_settings, "client", lambda: client)
        secret_settings._read.cache_clear()
        keys.key_ring.cache_clear()
        yield
    keys.key_ring.cache_clear()
    server.stop(None)


def test_what_a_variable_names_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKPOINT_LOCATION", "gs://bucket/detect_fraud")
    monkeypatch.setenv("REDIS_URL_SECRET", NAME.format("redis-url"))
    assert StreamSettings().redis_url.get_secret_value() == "rediss://:hunter2@10.0.0.3:6378/0"


def test_a_login_of_which_one_half_is_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "key")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_SECRET", NAME.format("kafka"))
    assert KafkaSettings().client_options()["sasl.password"] == "hunter3"


def test_the_keys_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PII_HMAC_KEYS_FILE", raising=False)
    monkeypatch.setenv("PII_HMAC_KEYS_SECRET", NAME.format("keys"))
    assert key_ring().newest.version == "1"


def test_the_environment_itself_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKPOINT_LOCATION", "/checkpoint")
    monkeypatch.setenv("REDIS_URL", "redis://localhost")
    monkeypatch.setenv("REDIS_URL_SECRET", NAME.format("redis-url"))
    assert StreamSettings().redis_url.get_secret_value() == "redis://localhost"


def test_a_secret_that_cannot_be_read_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKPOINT_LOCATION", "/checkpoint")
    monkeypatch.setenv("REDIS_URL_SECRET", NAME.format("other"))
    with pytest.raises((ValueError, SettingsError), match="REDIS_URL_SECRET: the secret cannot be read"):
        StreamSettings()
