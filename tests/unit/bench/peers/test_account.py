from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fraud.masking.key import HmacKey
from tests.bench.loop import Loop, Record
from tests.bench.peers.outcome import parse
from tests.bench.peers.programs.account import Account
from tests.bench.peers.programs.masking import HIGH_AMOUNT_USD, masked
from tests.bench.score import ScoreRules
from tests.builders import KEY, NOON, payment_json, rfc3339

HMAC = HmacKey("1", bytes.fromhex(KEY))
_gaps = st.sampled_from([0, 1, 59, 60, 61, 299, 300, 1800, 3599, 3600])
_events = st.tuples(_gaps, st.sampled_from("abc"), st.sampled_from(["EU", "US"]), st.sampled_from(["d1", "d2", "d3"]))


def record(offset: int, moment: datetime, identity: str, region: str, device: str) -> Record:
    value = payment_json(transaction_id=identity, event_time=rfc3339(moment), region=region, device_id=device)
    return Record(value, moment, 0, offset)


def through_account(records: list[Record]) -> list[str]:
    account, lines = Account(), []
    for one in records:
        charge = masked(HMAC, one.value, int(one.appended.timestamp() * 1000), one.partition, one.offset)
        lines.append(account.take(charge) if charge else None)
    return [line for line in lines if line]


@given(st.lists(_events, max_size=12))
def test_what_the_python_peers_share_agrees_with_the_loop(events: list[tuple[int, str, str, str]]) -> None:
    moment, records = NOON, []
    for offset, (gap, identity, region, device) in enumerate(events):
        moment += timedelta(seconds=gap)
        records.append(record(offset, moment, identity, region, device))
    loop = Loop(HMAC)
    for one in records:
        loop.take(one)
    assert [parse(line) for line in through_account(records)] == loop.results


def test_rejected_and_late_records_leave_nothing() -> None:
    late = Record(payment_json(), NOON + timedelta(hours=2), 0, 0)
    assert through_account([late, Record(b"{", NOON, 0, 1), Record(payment_json(), NOON, 0, 2)]) != []
    assert through_account([late, Record(b"{", NOON, 0, 1)]) == []


def test_a_high_amount_is_what_the_score_rules_say() -> None:
    assert ScoreRules().high_amount_usd == HIGH_AMOUNT_USD
