"""The page on rights is the table that is enforced."""

from fraud.rights import RIGHTS, Role
from tests.unit.docs.pages import read, rows, section

PAGE = read("docs/rights.md")


def test_every_path_is_told_with_its_roles() -> None:
    told = {
        path: {role.strip("` ") for role in roles.split(",")}
        for path, [roles] in rows(section(PAGE, "## By path")).items()
    }
    assert told == {
        f"{function} {route}": set(roles) for function in RIGHTS for route, roles in RIGHTS[function].items()
    }


def test_every_role_is_explained() -> None:
    explained = rows(PAGE.split("## By path")[0])
    assert set(explained) == set(Role)
