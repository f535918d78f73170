import re
import shutil
import zipfile
from functools import cache
from pathlib import Path

import pytest

from infra.archives import FUNCTIONS, Archive, function_files, job_files, pack
from infra.artifacts import prepare
from infra.services import deployable

SERVICES = ("alert_fanout", "automation_rules")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The shared packages, and two functions beside them."""
    folder = tmp_path / "functions"
    shutil.copytree(FUNCTIONS / "fraud", folder / "fraud")
    for name in SERVICES:
        (folder / name).mkdir()
        (folder / name / "main.py").write_text(f"from fraud.payments.event import read_payment\nNAME = {name!r}\n")
        (folder / name / "requirements.txt").write_text("msgspec==0.22.0\n")
    return folder


def archives(tree: Path, build: Path) -> dict[str, Archive]:
    return {name: pack(name, function_files(name, tree), build) for name in SERVICES}


def test_nothing_changed_is_the_same_archive_to_the_byte(tree: Path, tmp_path: Path) -> None:
    first = archives(tree, tmp_path / "a")
    (tree / "fraud" / "__pycache__").mkdir(exist_ok=True)
    (tree / "fraud" / "__pycache__" / "card.pyc").write_bytes(b"compiled")
    (tree / "fraud" / "payments" / "card_number.py").touch()
    second = archives(tree, tmp_path / "b")
    assert [a.object for a in first.values()] == [a.object for a in second.values()]
    assert [a.path.read_bytes() for a in first.values()] == [a.path.read_bytes() for a in second.values()]


def test_a_changed_function_is_the_only_new_archive(tree: Path, tmp_path: Path) -> None:
    before = archives(tree, tmp_path)
    (tree / "alert_fanout" / "main.py").write_text("from fraud.payments.event import read_payment\nNAME = 'other'\n")
    after = archives(tree, tmp_path)
    assert [name for name in SERVICES if before[name] != after[name]] == ["alert_fanout"]


def test_a_change_of_a_shared_module_changes_the_functions_that_use_it(tree: Path, tmp_path: Path) -> None:
    (tree / "alert_fanout" / "main.py").write_text("import fraud.payments.money\n")
    before = archives(tree, tmp_path)
    (tree / "fraud" / "payments" / "card_number.py").write_text("")
    after = archives(tree, tmp_path)
    assert [name for name in SERVICES if before[name] != after[name]] == ["automation_rules"]


@pytest.mark.parametrize("change", ["rename", "move a boundary"])
def test_names_and_contents_both_count(tree: Path, tmp_path: Path, change: str) -> None:
    main, requirements = (tree / "alert_fanout" / name for name in ("main.py", "requirements.txt"))
    main.write_text("ab")
    requirements.write_text("c")
    before = archives(tree, tmp_path)["alert_fanout"]
    if change == "rename":
        main.rename(main.with_name("other.py"))
    else:
        main.write_text("a")
        requirements.write_text("bc")
    assert archives(tree, tmp_path)["alert_fanout"] != before


def test_a_function_archive_holds_itself_and_the_shared_packages(tree: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archives(tree, tmp_path)["alert_fanout"].path) as archive:
        names = set(archive.namelist())
    assert {"main.py", "requirements.txt", "fraud/payments/card_number.py", "fraud/payments/rates.json"} <= names
    assert not any("pycache" in name or name.startswith("automation") for name in names)


@pytest.mark.parametrize(
    ("data", "users"),
    [
        ("fraud_page/templates/base.html", {"fraud_dashboard"}),
        ("fraud_page/static/page.js", {"fraud_dashboard"}),
        ("fraud/payments/rates.json", {"authorize_payment"}),
        ("fraud/rules/default.json", {"automation_rules", "rule_desk"}),
    ],
)
def test_data_goes_where_a_module_of_its_room_goes(data: str, users: set[str]) -> None:
    room = data.rsplit("/", 2 if "fraud_page" in data else 1)[0]
    with_data = {name for name, files in packed().items() if data in files}
    with_module = {
        name for name, files in packed().items() if any(re.fullmatch(rf"{room}/(?!__init__)\w+\.py", f) for f in files)
    }
    assert users <= with_data == with_module


def test_the_script_of_attempts_is_in_one_archive() -> None:
    script = "fraud_service/authorization/attempts.lua"
    assert [name for name, files in packed().items() if script in files] == ["authorize_payment"]


@cache
def packed() -> dict[str, set[str]]:
    return {service.name: set(function_files(service.folder)) for service in deployable()}


def test_the_jobs_archive_holds_code_script_and_rates() -> None:
    assert {"fraud_stream/sinks/alert_cache.lua", "fraud_stream/batch.py", "fraud/masking/card.py"} <= set(job_files())


def test_preparing_twice_names_the_same_files(tmp_path: Path) -> None:
    assert prepare((), tmp_path / "a").job.packages.object == prepare((), tmp_path / "b").job.packages.object


def test_the_jobs_packages_are_those_of_the_lock() -> None:
    root, job = (
        {line.split(" ")[0] for line in file.read_text().splitlines() if "==" in line}
        for file in (FUNCTIONS.parent / "requirements.txt", FUNCTIONS.parent / "dataproc_jobs" / "requirements.txt")
    )
    assert job <= root
