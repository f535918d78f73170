from io import BytesIO

import pytest

from simulator.traffic.replay import key_of, replayed


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b'{"sender_account_id":"ACC_100","amount":1.0}', b"ACC_100"),
        (b' {"amount": 1e400, "sender_account_id" : "\\u0041CC"} ', b"ACC"),
        ('{"sender_account_id":"Zoë"}'.encode(), "Zoë".encode()),
        (b'{"sender_account_id":7}', None),
        (b'{"sender_account_id":null}', None),
        (b'{"amount":1.0}', None),
        (b'["sender_account_id"]', None),
        (b'{"sender_account_id":"ACC_100"', None),
        (b'{"sender_account_id":"\xff"}', None),
        (b"\x00\xff garbage", None),
        (b"[" * 100_000, None),
    ],
)
def test_the_key_is_the_sender_of_a_json_object(line: bytes, key: bytes | None) -> None:
    assert key_of(line) == key


def test_lines_are_taken_as_they_stand() -> None:
    file = BytesIO(b' {"a" : 1.10} \r\n\n  \t \nnot json\n\xff\xfe\nlast, no line feed')
    [block] = replayed(file)
    assert block.values == [b' {"a" : 1.10} \r', b"not json", b"\xff\xfe", b"last, no line feed"]
    assert block.keys == [None] * 4


def test_a_long_file_comes_in_blocks_and_in_order() -> None:
    lines = [b'{"sender_account_id":"ACC_%d"}\n' % number for number in range(5_000)]
    blocks = list(replayed(BytesIO(b"".join(lines))))
    assert len(blocks) > 1
    assert [(value or b"") + b"\n" for block in blocks for value in block.values] == lines
    assert [key for block in blocks for key in block.keys] == [b"ACC_%d" % number for number in range(5_000)]


def test_an_empty_file_is_no_block() -> None:
    assert list(replayed(BytesIO(b"\n\n"))) == []
