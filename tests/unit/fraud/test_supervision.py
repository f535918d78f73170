from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.supervision import Action, AskToStop, Batch, BatchState, Cancel, Hold, Policy, Submit, Wait, decide

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLICY = Policy(
    code="new",
    ttl=timedelta(hours=24),
    hand_over=timedelta(minutes=30),
    failures_before_hold=3,
    failure_window=timedelta(minutes=60),
    first_delay=timedelta(seconds=30),
    stop_patience=timedelta(minutes=10),
    stall_patience=timedelta(minutes=20),
)


def ago(**amount: float) -> datetime:
    return NOW - timedelta(**amount)


def batch(
    number: int, state: str = "RUNNING", code: str = "new", created: datetime | None = None, since: datetime = NOW
) -> Batch:
    return Batch(f"b-{number}", number, code, BatchState(state), created or ago(hours=1), since)


def failed(number: int, minutes: float, code: str = "new") -> Batch:
    return batch(number, "FAILED", code, since=ago(minutes=minutes))


@pytest.mark.parametrize(
    ("batches", "asked", "expected"),
    [
        pytest.param([], {}, [Submit(1)], id="nothing has ever run"),
        pytest.param([batch(1)], {}, [Wait("healthy")], id="one healthy"),
        pytest.param([batch(1, "PENDING")], {}, [Wait("healthy")], id="one still starting"),
        pytest.param([batch(1, "CANCELLING")], {}, [Wait("cancelling")], id="one on its way out"),
        pytest.param([batch(1, "SUCCEEDED")], {}, [Submit(2)], id="ended at a marker or its ttl"),
        pytest.param([batch(1, "CANCELLED")], {}, [Submit(2)], id="cancelled by hand"),
        pytest.param([batch(1), batch(2)], {}, [Cancel("b-2", "second live batch")], id="two: the eldest stays"),
        pytest.param([batch(2), batch(1, "CANCELLING")], {}, [Cancel("b-2", "second live batch")], id="two, one ends"),
        pytest.param([batch(1), batch(2, "CANCELLING")], {}, [Wait("cancelling")], id="two: already being ended"),
        pytest.param([batch(1, code="old")], {}, [AskToStop("b-1", "other code is deployed")], id="old code"),
        pytest.param([batch(1, code="old")], {"b-1": ago(minutes=9)}, [Wait("stopping")], id="old code, asked"),
        pytest.param(
            [batch(1, code="old")],
            {"b-1": ago(minutes=10)},
            [Cancel("b-1", "other code is deployed")],
            id="old code that does not listen",
        ),
        pytest.param(
            [batch(1, created=ago(hours=23, minutes=30))], {}, [AskToStop("b-1", "its ttl is near")], id="near its ttl"
        ),
        pytest.param([batch(1, created=ago(hours=23, minutes=29))], {}, [Wait("healthy")], id="a minute before that"),
        pytest.param([failed(1, 0.4)], {}, [Wait("delay after a failure")], id="one failure, first delay"),
        pytest.param([failed(1, 0.5)], {}, [Submit(2)], id="one failure, delay over"),
        pytest.param([failed(1, 5), failed(2, 0.9)], {}, [Wait("delay after a failure")], id="the delay doubles"),
        pytest.param([failed(1, 5), failed(2, 1)], {}, [Submit(3)], id="doubled delay over"),
        pytest.param(
            [failed(1, 59), failed(2, 20), failed(3, 1)], {}, [Hold(3, ago(minutes=-1))], id="a crash loop is held"
        ),
        pytest.param([failed(1, 60), failed(2, 20), failed(3, 2)], {}, [Submit(4)], id="the oldest left the window"),
        pytest.param(
            [failed(1, 9), failed(2, 8), batch(3, "SUCCEEDED"), failed(4, 1)], {}, [Submit(5)], id="a good end resets"
        ),
        pytest.param(
            [failed(1, 3, "old"), failed(2, 2, "old"), failed(3, 1, "old")], {}, [Submit(4)], id="new code is tried"
        ),
    ],
)
def test_what_is_decided(batches: list[Batch], asked: dict[str, datetime], expected: list[Action]) -> None:
    assert list(decide(batches, asked, NOW, POLICY, NOW)) == expected


STALLED = AskToStop("b-1", "it gets nowhere")


@pytest.mark.parametrize(
    ("one", "moved_at", "asked", "expected"),
    [
        pytest.param(batch(1, since=ago(hours=1)), ago(minutes=19), {}, Wait("healthy"), id="a long micro-batch"),
        pytest.param(batch(1, since=ago(hours=1)), ago(minutes=20), {}, STALLED, id="alive, and does not move"),
        pytest.param(batch(1, since=ago(minutes=19)), ago(hours=9), {}, Wait("healthy"), id="what the last one left"),
        pytest.param(batch(1, since=ago(minutes=20)), ago(hours=9), {}, STALLED, id="got nowhere since its start"),
        pytest.param(batch(1, since=ago(minutes=20)), None, {}, STALLED, id="the first there was, stuck at once"),
        pytest.param(batch(1, "PENDING", since=ago(hours=1)), None, {}, Wait("healthy"), id="waits for machines"),
        pytest.param(
            batch(1, since=ago(hours=1)),
            ago(minutes=30),
            {"b-1": ago(minutes=10)},
            Cancel("b-1", "it gets nowhere"),
            id="too stuck to listen",
        ),
    ],
)
def test_a_batch_that_lives_and_does_not_move_is_replaced(
    one: Batch, moved_at: datetime | None, asked: dict[str, datetime], expected: Action
) -> None:
    assert decide([one], asked, moved_at, POLICY, NOW) == (expected,)


states = st.sampled_from(sorted(BatchState))
some_batches = st.lists(st.tuples(states, st.sampled_from(["old", "new"]), st.integers(0, 3000)), max_size=6).map(
    lambda rows: [
        batch(number, state, code, ago(minutes=minutes), ago(minutes=minutes / 2))
        for number, (state, code, minutes) in enumerate(rows, start=1)
    ]
)


@given(some_batches)
def test_nothing_is_submitted_while_a_batch_is_live_and_every_number_is_new(batches: list[Batch]) -> None:
    submitted = [action for action in decide(batches, {}, NOW, POLICY, NOW) if isinstance(action, Submit)]
    if any(one.is_live for one in batches):
        assert submitted == []
    assert all(action.number > max((one.number for one in batches), default=0) for action in submitted)


@given(some_batches)
def test_the_eldest_live_batch_is_never_ended_for_being_one_of_two(batches: list[Batch]) -> None:
    live = [one.batch_id for one in batches if one.is_live]
    actions = decide(batches, {}, NOW, POLICY, NOW)
    assert not [action for action in actions if isinstance(action, Cancel) and action.batch_id == (live or [""])[0]]


@given(some_batches)
def test_one_step_after_another_leads_to_one_live_batch_of_the_deployed_code(batches: list[Batch]) -> None:
    now, alive = NOW, []
    for _ in range(60):
        now += timedelta(minutes=11)
        for action in decide(batches, {one.batch_id: ago(hours=1) for one in batches}, now, POLICY, now):
            batches = applied(batches, action, now)
        alive.append([one.code for one in batches if one.is_live])
    assert ["new"] in alive[-2:]  # its ttl may be near at the very last step


@given(some_batches, st.lists(st.booleans(), max_size=40))
def test_a_revision_that_is_being_replaced_does_no_harm(batches: list[Batch], is_old: list[bool]) -> None:
    """While a deployment goes on, calls may reach the old code's supervisor, too."""
    batches = [one for one in batches if not one.is_live]
    old, now = replace(POLICY, code="old"), NOW
    asked: dict[str, datetime] = {}
    for policy in [*(old if one else POLICY for one in is_old), *[POLICY] * 8]:
        now += timedelta(minutes=11)
        for action in decide(batches, asked, now, policy, now):
            if isinstance(action, AskToStop):
                asked[action.batch_id] = now
            batches = applied(batches, action, now, policy.code)
        assert len([one for one in batches if one.is_live]) <= 1
    assert [one.code for one in batches if one.is_live] == ["new"]


def applied(batches: list[Batch], action: Action, now: datetime, code: str = "new") -> list[Batch]:
    """Return what becomes of batches: Dataproc does at once what it is told, and what is cancelled ends."""
    settled = [
        batch(one.number, "CANCELLED", one.code, one.created_at, now) if one.state is BatchState.CANCELLING else one
        for one in batches
    ]
    match action:
        case Submit(number):
            return [*settled, batch(number, "RUNNING", code, now, now)]
        case Cancel(batch_id, _):
            return [
                batch(one.number, "CANCELLED", one.code, one.created_at, now) if one.batch_id == batch_id else one
                for one in settled
            ]
    return settled
