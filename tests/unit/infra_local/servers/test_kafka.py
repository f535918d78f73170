from infra.local.servers.kafka import DEAD_LETTERS, PAYMENT_EVENTS, render, topics


def test_raw_payments_are_stamped_by_the_broker_and_kept_as_long_as_configured() -> None:
    settings = topics(retention_hours=24)[PAYMENT_EVENTS]
    assert settings["message.timestamp.type"] == "LogAppendTime"
    assert settings["max.message.bytes"] == "6291456"
    assert settings["retention.ms"] == "86400000"


def test_a_dead_letter_may_be_larger_than_any_payment() -> None:
    wanted = topics(retention_hours=1)
    assert int(wanted[DEAD_LETTERS]["max.message.bytes"]) > int(wanted[PAYMENT_EVENTS]["max.message.bytes"])


def test_properties_are_rendered_a_line_each() -> None:
    assert render({"a.b": 1, "c": "d"}) == "a.b=1\nc=d\n"
