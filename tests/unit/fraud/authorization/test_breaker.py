from fraud.authorization.breaker import CircuitBreaker


class Watch:
    """A stopwatch that a test turns."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def broken(watch: Watch) -> CircuitBreaker:
    breaker = CircuitBreaker(watch, threshold=3, rest=1.0)
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    return breaker


def test_single_failures_among_successes_change_nothing() -> None:
    breaker = CircuitBreaker(Watch(), threshold=3)
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.allows()


def test_what_failed_three_times_in_a_row_is_left_alone() -> None:
    assert not broken(Watch()).allows()


def test_after_its_rest_one_attempt_is_made_and_no_more() -> None:
    watch = Watch()
    breaker = broken(watch)
    watch.seconds = 1.0
    assert [breaker.allows(), breaker.allows(), breaker.allows()] == [True, False, False]


def test_an_attempt_that_fails_again_means_another_rest() -> None:
    watch = Watch()
    breaker = broken(watch)
    watch.seconds = 1.0
    assert breaker.allows()
    watch.seconds = 1.5
    breaker.failed()
    watch.seconds = 2.4
    assert not breaker.allows()
    watch.seconds = 2.5
    assert breaker.allows()


def test_an_attempt_that_succeeds_closes_it() -> None:
    watch = Watch()
    breaker = broken(watch)
    watch.seconds = 1.0
    assert breaker.allows()
    breaker.succeeded()
    assert [breaker.allows(), breaker.allows()] == [True, True]


def test_an_attempt_that_never_ends_is_followed_by_another_after_a_rest() -> None:
    watch = Watch()
    breaker = broken(watch)
    watch.seconds = 1.0
    assert breaker.allows()
    watch.seconds = 2.0
    assert breaker.allows()
