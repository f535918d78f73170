import os
import signal

import pytest

from simulator.publishing.interruption import Interruption


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_for_an_end(number: signal.Signals) -> None:
    with Interruption() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.wait(1.0)


def test_a_second_ctrl_c_ends_at_once() -> None:
    with Interruption() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(1.0)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_afterwards_signals_do_what_they_did() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interruption():
        pass
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
