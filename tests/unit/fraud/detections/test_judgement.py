from collections import Counter

from fraud.detections.detection import Detection
from fraud.detections.judgement import judge, share_of
from fraud.rules.rule import Mode
from tests.builders import make_detection, make_payment_facts

CALM = make_payment_facts()


def named(name: str, **changes: object) -> Detection:
    return make_detection(detection_id=name, expression="true", **changes)


def test_points_are_added_up_to_a_hundred() -> None:
    judged = judge([named("a", flag="A", points=70), named("b", flag="B", points=50)], CALM)
    assert (judged.flags, judged.score, judged.is_high_risk) == (["A", "B"], 100, True)
    assert not judge([named("a", points=60)], CALM).is_high_risk


def test_a_flag_counts_once_with_its_most_points() -> None:
    judged = judge([named("weak", flag="A", points=10), named("strong", flag="A", points=30)], CALM)
    assert (judged.flags, judged.score, judged.hits) == (["A"], 30, ["weak", "strong"])


def test_shadow_counts_hits_and_nothing_else() -> None:
    judged = judge([named("a", points=90, alerts_alone=True, mode=Mode.SHADOW), named("b", mode=Mode.OFF)], CALM)
    assert (judged.hits, judged.flags, judged.score, judged.alerts) == (["a"], [], 0, False)


def test_a_share_of_the_accounts_is_judged_always_the_same_one() -> None:
    canary = named("canary", flag="A", rollout_until=10)
    payments = [make_payment_facts(sender_account_id=f"ACC_{number}") for number in range(2_000)]
    hits = sum(bool(judge([canary], payment).hits) for payment in payments)
    assert 140 < hits < 260
    assert Counter(share_of(f"ACC_{number}") for number in range(50)) == Counter(
        share_of(f"ACC_{number}") for number in range(50)
    )


def test_two_versions_share_the_accounts_between_them() -> None:
    sides = [named("a", flag="A", rollout_until=50), named("b", flag="A", rollout_from=50)]
    hits = [judge(sides, make_payment_facts(sender_account_id=f"ACC_{number}")).hits for number in range(200)]
    assert {len(one) for one in hits} == {1}
    assert {one[0] for one in hits} == {"a", "b"}
