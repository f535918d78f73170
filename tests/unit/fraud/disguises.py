"""One card number in other clothes: what a person still reads as 4111 1111 1111 1111."""

from tests.builders import CARD

_FOUR = ("4111", "1111", "1111", "1111")


def _in_digits_from(zero: str) -> str:
    return "".join(chr(ord(zero) + int(digit)) for digit in CARD)


DISGUISES = {
    "dots": ".".join(_FOUR),
    "underscores": "_".join(_FOUR),
    "slashes": "/".join(_FOUR),
    "tabs": "\t".join(_FOUR),
    "no-break spaces": "\u00a0".join(_FOUR),
    "en dashes": "\u2013".join(_FOUR),
    "zero-width spaces": "\u200b".join(_FOUR),
    "full-width digits": _in_digits_from("\uff10"),
    "Arabic-Indic digits": _in_digits_from("\u0660"),
    "a comma after each digit": ",".join(CARD),
    "line ends": "\n".join(_FOUR),
    "soft hyphens": "\u00ad".join(_FOUR),
    "right-to-left marks": "\u200f".join(_FOUR),
    "Devanagari digits": _in_digits_from("\u0966"),
    "bold digits of mathematics": _in_digits_from("\U0001d7ce"),
    "digits in circles": "\u2463" + "\u2460" * 15,
    "superscript digits": "\u2074" + "\u00b9" * 15,
    "Hangul fillers": "\u3164".join(_FOUR),
    "accents over the digits": "\u0301".join(CARD),
    "white digits in black circles": "\u2779" + "\u2776" * 15,
    "brackets, and a name before": "pan=[4111](1111){1111}<1111> cvv=917",
}
"""The first nine were stored in clear until 2026-11-28; so were the others."""
