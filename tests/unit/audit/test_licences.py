import pytest

from tests.audit.licences import Package, installed, licences

APACHE = "License :: OSI Approved :: Apache Software License"
GPL = "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"


@pytest.mark.parametrize(
    ("expression", "text", "classifiers", "found"),
    [
        ("MIT", "something else", [GPL], ("MIT",)),
        ("MIT OR Apache-2.0", "", [], ("Apache-2.0", "MIT")),
        ("(MIT AND Zlib) OR GPL-3.0-only", "", [], ("GPL-3.0-only", "MIT", "Zlib")),
        ("", "Dual License", [APACHE, "Programming Language :: Python"], ("Apache-2.0",)),
        ("", "3-Clause BSD License", [], ("BSD-3-Clause",)),
        ("", "MIT License  Copyright (c) 2018", [], ("MIT License  Copyright (c) 2018",)),
        ("", "Apache License\n  Version 2.0", [], ("Apache-2.0",)),
        ("", "UNKNOWN", [], ()),
        ("", "", [], ()),
    ],
)
def test_a_licence_is_read_where_it_stands(
    expression: str, text: str, classifiers: list[str], found: tuple[str, ...]
) -> None:
    assert licences(expression, text, classifiers) == found


@pytest.mark.parametrize(
    ("named", "is_allowed"),
    [(("MIT",), True), (("MIT", "Zlib"), True), (("MIT", "GPL-3.0-only"), False), (("LGPL",), False), ((), False)],
)
def test_a_package_may_be_used_if_all_it_names_is_on_the_list(named: tuple[str, ...], *, is_allowed: bool) -> None:
    assert Package("one", "1", named).is_allowed is is_allowed


def test_everything_installed_may_be_used() -> None:
    packages = list(installed())
    assert len(packages) > 100
    assert [package for package in packages if not package.is_allowed] == []
