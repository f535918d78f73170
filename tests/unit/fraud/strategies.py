"""Hypothesis strategies for card data."""

from hypothesis import strategies as st

from fraud.payments.card_number import luhn_check_digit

DIGITS = "0123456789"


def digits(least: int, most: int) -> st.SearchStrategy[str]:
    """Return texts of ASCII digits."""
    return st.text(DIGITS, min_size=least, max_size=most)


def card_numbers() -> st.SearchStrategy[str]:
    """Return the digits of valid cards of every length; all zero, they are none."""
    return digits(11, 18).filter(lambda body: body.strip("0") != "").map(lambda body: body + luhn_check_digit(body))


@st.composite
def written_cards(draw: st.DrawFn) -> str:
    """Return valid cards as people write them: with a space, a hyphen or nothing between any two digits."""
    number = draw(card_numbers())
    separators = draw(st.lists(st.sampled_from(["", " ", "-"]), min_size=len(number) - 1, max_size=len(number) - 1))
    return number[0] + "".join(map("".join, zip(separators, number[1:], strict=True)))


def expiries() -> st.SearchStrategy[str]:
    """Return expiry dates as MM/YY."""
    return st.builds("{:02}/{:02}".format, st.integers(1, 12), st.integers(0, 99))
