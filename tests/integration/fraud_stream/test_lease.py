"""The lease in a bucket, on a server that honours generation preconditions."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest

from fraud_stream.checkpoint import lease as module
from fraud_stream.checkpoint.lease import CheckpointInUseError, Holder, LeaseLostError, hold

AT_ONCE, SHORT = timedelta(0), timedelta(seconds=2)


def abandoned(location: str, life: timedelta) -> Holder:
    """Claim a lease and never renew it, as a holder does whose machine has stopped."""
    return module._in_object(location).claim(life)


def test_a_second_job_is_refused_and_let_in_when_the_first_has_ended(location: str) -> None:
    with hold(location) as first:
        first.require()
        with pytest.raises(CheckpointInUseError, match=f"{location} is in use"), hold(location, patience=AT_ONCE):
            pass
    with hold(location, patience=AT_ONCE) as second:
        second.require()
        with pytest.raises(LeaseLostError, match="held by another job"):
            first.require()
    assert (first.epoch, second.epoch) == (1, 2)


def test_of_many_that_start_at_once_one_gets_in(location: str) -> None:
    def tried(_number: int) -> bool:
        try:
            abandoned(location, timedelta(minutes=1))
        except CheckpointInUseError:
            return False
        return True

    with ThreadPoolExecutor(8) as starters:
        assert sum(starters.map(tried, range(8))) == 1


def test_a_lease_outlives_its_first_term_while_it_is_renewed(location: str) -> None:
    with hold(location, life=SHORT) as fence:
        with pytest.raises(CheckpointInUseError, match="in use"), hold(location, patience=2 * SHORT):
            pass
        fence.require()


def test_a_stopped_holder_is_succeeded_and_cannot_write_or_renew_when_it_goes_on(location: str) -> None:
    zombie = module._in_object(location)
    holder = zombie.claim(SHORT)
    with hold(location, patience=3 * SHORT) as fence:
        with pytest.raises(LeaseLostError, match="held by another job"):
            module.Fence(location, holder.epoch).require()
        zombie.renew(holder, timedelta(milliseconds=4), Event())  # comes back at once: the lease is another's
        fence.require()
