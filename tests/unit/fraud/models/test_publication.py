import pytest

from fraud.errors import AbsentError
from fraud.models.publication import (
    Digests,
    Mode,
    Publication,
    Published,
    decode_publication,
    encode_publication,
    switched,
)


def model(name: str, mode: Mode) -> Published:
    return Published(Digests(name, f"calibration of {name}"), mode, "2026-01-01")


OLD, NEW = model("old", Mode.LIVE), model("new", Mode.SHADOW)
BOTH = Publication((OLD, model("gone", Mode.OFF), NEW))


def modes(publication: Publication) -> dict[str, str]:
    return {one.digests.sha256: one.mode.value for one in publication.models}


@pytest.mark.parametrize(
    ("models", "champion", "challenger"),
    [
        ((), None, None),
        ((OLD,), "old", None),
        ((OLD, NEW), "old", "new"),
        ((NEW, OLD), "old", "new"),
        ((NEW,), "new", None),
        ((OLD, NEW, model("newer", Mode.SHADOW)), "old", "newer"),
        ((model("gone", Mode.OFF),), None, None),
    ],
)
def test_the_champion_is_live_if_any_is_and_the_newest_in_shadow_challenges(
    models: tuple[Published, ...], champion: str | None, challenger: str | None
) -> None:
    found = Publication(models)
    assert (found.champion and found.champion.digests.sha256) == champion
    assert (found.challenger and found.challenger.digests.sha256) == challenger


@pytest.mark.parametrize(
    ("name", "mode", "after"),
    [
        ("new", Mode.LIVE, {"old": "shadow", "gone": "off", "new": "live"}),
        ("old", Mode.OFF, {"old": "off", "gone": "off", "new": "shadow"}),
        ("gone", Mode.SHADOW, {"old": "live", "gone": "shadow", "new": "shadow"}),
    ],
)
def test_one_that_goes_live_sends_the_other_into_shadow(name: str, mode: Mode, after: dict[str, str]) -> None:
    found = switched(BOTH, name, mode)
    assert modes(found) == after
    assert decode_publication(encode_publication(found)) == found


def test_a_model_that_nobody_has_published_cannot_be_switched() -> None:
    with pytest.raises(AbsentError):
        switched(BOTH, "other", Mode.LIVE)
