import msgspec
import pytest

from fraud_service.http.body import read_json
from fraud_service.http.problem import ProblemError
from tests.unit.fraud_service.requests import request


class Inner(msgspec.Struct):
    count: int


class Wanted(msgspec.Struct):
    name: str
    inner: Inner


def test_a_body_is_decoded() -> None:
    assert read_json(request(body=b'{"name": "a", "inner": {"count": 1}}'), Wanted) == Wanted("a", Inner(1))


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b"\xff", 400, None),
        (b"[" * 50_000, 400, None),
        (b"[]", 400, None),
        (b"{}", 400, "name"),
        (b'{"name": 4111111111111111}', 400, "name"),
        (b'{"name": "a", "inner": {}}', 400, "inner.count"),
        (b'{"name": "a", "inner": {"count": "4111111111111111"}}', 400, "inner.count"),
        (b" " * 70_000, 413, None),
    ],
)
def test_a_bad_body_is_refused_by_field(body: bytes, status: int, field: str | None) -> None:
    with pytest.raises(ProblemError) as refused:
        read_json(request(body=body), Wanted)
    assert (refused.value.status, refused.value.field) == (status, field)
    assert "4111" not in repr(refused.value) + str(refused.value.__cause__)


def test_another_content_type_is_refused() -> None:
    with pytest.raises(ProblemError) as refused:
        read_json(request(body=b"{}", headers={"Content-Type": "text/plain"}), Wanted)
    assert refused.value.status == 415


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    name: str


def test_an_unknown_field_is_refused_without_its_name_which_may_be_a_card_number() -> None:
    with pytest.raises(ProblemError, match="a field that is not known here") as refused:
        read_json(request(body=b'{"name": "a", "4111111111111111": 1}'), Strict)
    assert "4111" not in repr(refused.value) + str(refused.value.__cause__)
