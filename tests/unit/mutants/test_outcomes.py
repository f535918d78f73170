from tests.mutants.outcomes import Outcome, read, table

TOLD = """
    fraud.payments.event.x_judge__mutmut_1: killed
    fraud.payments.event.xǁPaymentǁ__repr____mutmut_2: no tests
    fraud.cards.x_released__mutmut_1: survived
    fraud.cards.x_released__mutmut_2: timeout
"""


def test_what_mutmut_tells_is_read_whole() -> None:
    assert read(TOLD) == [
        Outcome("fraud.payments.event.x_judge__mutmut_1", "fraud.payments.event", "killed"),
        Outcome("fraud.payments.event.xǁPaymentǁ__repr____mutmut_2", "fraud.payments.event", "no tests"),
        Outcome("fraud.cards.x_released__mutmut_1", "fraud.cards", "survived"),
        Outcome("fraud.cards.x_released__mutmut_2", "fraud.cards", "timeout"),
    ]


def test_the_table_counts_what_does_not_end_as_noticed() -> None:
    assert table(read(TOLD)).splitlines()[2:] == [
        "| `fraud.cards` | 2 | 1 | 1 | 50% |",
        "| `fraud.payments.event` | 2 | 1 | 1 | 50% |",
        "| all | 4 | 2 | 2 | 50% |",
    ]


def test_without_mutants_there_is_no_share() -> None:
    assert table([]).splitlines()[2:] == ["| all | 0 | 0 | 0 | none |"]
