"""Detections over a batch: for each payment what they say of it alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.detections.detection import Detection, default_detections
from fraud.detections.judgement import judge
from fraud.rules.rule import Mode
from fraud.scoring.facts import PaymentFacts
from fraud_stream.stages.detections import judge_batch
from tests.unit.fraud.expressions import conditions
from tests.unit.fraud_stream.stages.test_columns import columns, payments


def detections() -> st.SearchStrategy[list[Detection]]:
    parts = st.tuples(
        conditions() | st.sampled_from([one.expression for one in default_detections()]),
        st.sampled_from(["FLAG_A", "FLAG_B", "FLAG_C"]),
        st.integers(0, 100),
        st.booleans(),
        st.sampled_from(Mode),
        st.sampled_from([(0, 100), (0, 50), (50, 100), (99, 100)]),
    )
    return st.lists(parts, max_size=6).map(lambda all_parts: [_detection(*one) for one in enumerate(all_parts)])


def _detection(number: int, parts: tuple[str, str, int, bool, Mode, tuple[int, int]]) -> Detection:
    expression, flag, points, alerts_alone, mode, share = parts
    return Detection(
        detection_id=f"d{number}",
        expression=expression,
        flag=flag,
        points=points,
        alerts_alone=alerts_alone,
        mode=mode,
        rollout_from=share[0],
        rollout_until=share[1],
    )


@settings(max_examples=200)
@given(detections(), st.lists(payments(), max_size=5))
def test_a_batch_is_judged_as_each_payment_is(asked: list[Detection], batch: list[PaymentFacts]) -> None:
    verdicts, alone = judge_batch(asked, columns(batch)), [judge(asked, payment) for payment in batch]
    assert verdicts.flags.to_pylist() == [one.flags for one in alone]
    assert verdicts.scores.tolist() == [one.score for one in alone]
    assert verdicts.alerts.tolist() == [one.alerts for one in alone]
    assert verdicts.reasons.to_pylist() == [one.reasons for one in alone]
    counted = [name for one in alone for name in one.hits]
    assert verdicts.hits == {one.detection_id: counted.count(one.detection_id) for one in asked if one.mode != "off"}
