import pytest

from fraud.detections.detection import Detection, DetectionError, compiled, default_detections, read_detections
from fraud.detections.judgement import judge
from tests.builders import make_payment_facts

POINTS = {
    "HIGH_AMOUNT": (30, False),
    "VELOCITY_5M": (15, False),
    "GEO_CHANGE": (20, False),
    "DEVICE_CHANGE": (15, False),
    "DEVICE_SPREAD": (50, True),
    "NETWORK_TESTING": (25, False),
    "MERCHANT_TESTING": (40, True),
    "BIN_TESTING": (40, True),
    "SMALL_THEN_LARGE": (45, True),
    "AMOUNT_1H": (40, True),
    "DECLINES_1H": (25, False),
    "NEW_DEVICE": (10, False),
    "DORMANT": (20, False),
    "HABIT": (20, False),
    "TAKEOVER": (35, True),
    "MODEL": (0, True),
    "BLOCKED_LIST": (100, True),
}
"""design.md's table, but for those that have two detections."""


def test_the_defaults_are_the_designs() -> None:
    defaults = default_detections()
    twice = {flag: [one for one in defaults if one.flag == flag] for flag in ("VELOCITY_60S", "CARD_SPREAD")}
    told = {flag: [(one.points, one.alerts_alone) for one in both] for flag, both in twice.items()}
    assert told == {"VELOCITY_60S": [(40, True), (55, True)], "CARD_SPREAD": [(45, True), (45, False)]}
    rest = {one.flag: (one.points, one.alerts_alone) for one in defaults if one.flag not in twice}
    assert rest == POINTS


@pytest.mark.parametrize(
    ("facts", "flags"),
    [
        ({}, []),
        ({"amount_usd": 5000}, []),
        ({"amount_usd": 5001}, ["HIGH_AMOUNT"]),
        ({"velocity_60s": 3}, []),
        ({"velocity_60s": 4}, ["VELOCITY_60S"]),
        ({"velocity_60s": 600, "velocity_5m": 9}, ["VELOCITY_60S", "VELOCITY_5M"]),
        ({"card_accounts_1h": 4}, ["CARD_SPREAD"]),
        ({"device_cards_1h": 5}, ["DEVICE_SPREAD"]),
        ({"network_test_cards_10m": 9}, []),
        ({"network_test_cards_10m": 10}, ["NETWORK_TESTING"]),
        ({"amount_usd": 5, "merchant_declined_10m": 10, "merchant_test_cards_10m": 25}, ["MERCHANT_TESTING"]),
        ({"amount_usd": 5, "merchant_declined_10m": 10, "merchant_test_cards_10m": 26}, []),
        ({"amount_usd": 6, "merchant_declined_10m": 10, "merchant_test_cards_10m": 10}, []),
        ({"amount_usd": 5, "merchant_declined_10m": 10, "merchant_test_cards_10m": None}, []),
        ({"bin_declined_10m": 20, "bin_test_cards_10m": 40}, ["BIN_TESTING"]),
        ({"bin_declined_10m": 20, "bin_test_cards_10m": 41}, []),
        ({"card_small_1h": 2, "amount_usd": 99}, []),
        ({"card_small_1h": 2, "amount_usd": 100}, ["SMALL_THEN_LARGE"]),
        ({"account_usd_1h": 10_001, "amount_usd": 4_900}, ["AMOUNT_1H"]),
        ({"account_usd_1h": 10_001, "amount_usd": 10_001}, ["HIGH_AMOUNT"]),
        ({"card_declines_1h": 3}, ["DECLINES_1H"]),
        ({"known_device": True}, []),
        ({"known_device": False}, ["NEW_DEVICE"]),
        ({"days_since_last": 180.5, "amount_usd": 200}, ["DORMANT"]),
        ({"amount_to_habit": 10.0}, []),
        ({"amount_to_habit": 10.5}, ["HABIT"]),
        ({"amount_to_habit": 10.5, "known_device": False}, ["TAKEOVER", "HABIT", "NEW_DEVICE"]),
        ({"fraud_probability": 0.81}, ["MODEL"]),
        ({"list_hits": ["BLOCK device"]}, ["BLOCKED_LIST"]),
        ({"list_hits": ["ALLOW account"]}, []),
    ],
)
def test_the_defaults_raise_their_flags_at_their_bounds(facts: dict[str, object], flags: list[str]) -> None:
    assert judge(default_detections(), make_payment_facts(**facts)).flags == flags


@pytest.mark.parametrize(("accounts", "alerts"), [(3, []), (4, []), (5, ["CARD_SPREAD"]), (30, ["CARD_SPREAD"])])
def test_a_card_alerts_by_itself_from_its_fifth_account(accounts: int, alerts: list[str]) -> None:
    facts = make_payment_facts(card_accounts_1h=accounts)
    alone = [one for one in default_detections() if one.alerts_alone]
    assert judge(alone, facts).flags == alerts


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"expression": "velocity_60 > 1"}, "expression, character 1: .* did you mean velocity_60s"),
        ({"expression": "card_token == 'x'"}, "expression, character 1"),
        ({"expression": "fraud_score > 1"}, "expression, character 1"),  # it is what detections make
        ({"rollout_from": 50, "rollout_until": 50}, "rollout_until"),
    ],
)
def test_a_bad_detection_is_refused_by_its_field(changes: dict[str, object], place: str) -> None:
    wanted = {"detection_id": "some", "expression": "true", "flag": "SOME", "points": 1} | changes
    with pytest.raises(DetectionError, match=f"detection some, {place}"):
        compiled(Detection(**wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize("document", [b"{", b"[{}]", b'[{"detection_id": "a", "points": 101}]', b" " * 1_000_001])
def test_a_file_that_holds_no_detections_is_refused(document: bytes) -> None:
    with pytest.raises(DetectionError, match="detection file"):
        read_detections(document)
