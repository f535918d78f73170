import ast
import re

import pytest
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

import infra.local.settings
import simulator.settings
import sql.settings
from fraud_page.http.person import DoorSettings
from fraud_page.settings import PageSettings
from fraud_service.authorization.clients import CardSettings as FunctionCards
from fraud_service.authorization.clients import PatienceSettings
from fraud_service.channels.settings import ChannelSettings
from fraud_service.erasure.desk import ErasureSettings
from fraud_service.erasure.drill import DrillSettings
from fraud_service.http.caller import CallerSettings
from fraud_service.keys import KeySettings as FunctionKeys
from fraud_service.settings import ProjectSettings, RedisSettings
from fraud_service.stores.raw_topic import RawTopicSettings
from fraud_service.stores.retention import RetentionSettings
from fraud_service.stores.warehouse import WarehouseSettings as FunctionWarehouse
from fraud_service.subjects.asking import AskingSettings
from fraud_service.supervision.supervisor import SupervisorSettings
from fraud_stream.card_rule import CardSettings
from fraud_stream.keys import KeySettings
from fraud_stream.settings import KafkaSettings, StreamSettings, WarehouseSettings
from reconciliation.alert_record import RecordSettings
from tests.unit.docs.pages import REPOSITORY, read, rows, section

PAGE, OPERATIONS = read("docs/settings.md"), read("docs/operations.md")
JOB = "## The streaming job"
CLIENTS_OWN = {"PUBSUB_EMULATOR_HOST": "none"}
"""Read by a library of ours, not by our settings."""
FUNCTIONS: tuple[type[BaseSettings], ...] = (
    ProjectSettings,
    RedisSettings,
    PageSettings,
    DoorSettings,
    CallerSettings,
    FunctionKeys,
    ChannelSettings,
    FunctionCards,
    PatienceSettings,
    RetentionSettings,
)
FIRESTORE = {"FIRESTORE_EMULATOR_HOST": "none"}
FUNCTIONS_OWN = CLIENTS_OWN | FIRESTORE | {"K_SERVICE": "none"}


def default(field: FieldInfo) -> str:
    """Return a field's default as the page writes it."""
    value = field.default
    if field.is_required():
        return "required"
    if isinstance(value, frozenset):
        return "all"
    shown = str(value)  # an empty secret is shown as nothing
    return "none" if shown in {"None", ""} else f"`{shown}`"


def variables(*models: type[BaseSettings]) -> dict[str, str]:
    """Return the default of every environment variable that settings read."""
    return {
        str(field.validation_alias or f"{model.model_config.get('env_prefix', '')}{name}").upper(): default(field)
        for model in models
        for name, field in model.model_fields.items()
    }


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        (
            JOB,
            variables(KafkaSettings, WarehouseSettings, StreamSettings, KeySettings, CardSettings)
            | CLIENTS_OWN
            | FIRESTORE,
        ),
        ("## The functions", variables(*FUNCTIONS) | FUNCTIONS_OWN),
        ("## The proof: `python -m reconciliation`", variables(RecordSettings)),
        ("## The supervisor: `stream_supervisor`", variables(SupervisorSettings)),
        ("## gdpr_erasure", variables(FunctionWarehouse, RawTopicSettings, ErasureSettings, AskingSettings)),
        ("## The erasure drill", variables(DrillSettings)),
        ("## The simulator", variables(simulator.settings.KafkaSettings, simulator.settings.GatewaySettings)),
        ("## The schema: `python -m sql`", variables(sql.settings.Settings)),
        ("## The local stack", variables(infra.local.settings.Settings)),
    ],
)
def test_every_variable_stands_with_its_default(heading: str, expected: dict[str, str]) -> None:
    documented = {name: cells[0] for name, cells in rows(section(PAGE, heading)).items() if name.isupper()}
    assert documented == expected


def test_every_spark_property_stands_with_its_value() -> None:
    lines = read("dataproc_jobs/spark.properties").splitlines()
    properties = dict(line.split() for line in lines if line and not line.startswith("#"))
    documented = {name: cells[0].strip("`") for name, cells in rows(section(PAGE, "## spark.properties")).items()}
    assert documented == properties


def test_every_log_event_is_described() -> None:
    sources = [path.read_text() for path in (REPOSITORY / "dataproc_jobs").rglob("*.py")]
    told = {event for source in sources for event in re.findall(r'\blog\.\w+\(\s*"(\w+)"', source)}
    assert set(rows(section(OPERATIONS, "## What the job says"))) == told


def test_every_log_event_of_a_function_is_described_somewhere() -> None:
    sources = [path.read_text() for path in (REPOSITORY / "functions").rglob("*.py")]
    told = {event for source in sources for event in re.findall(r'\blog\.\w+\(\s*"(\w+)"', source)}
    pages = "".join(path.read_text() for path in (REPOSITORY / "docs").glob("*.md"))
    assert {event for event in told if f"`{event}`" not in pages} == set()


def test_every_field_of_progress_is_described() -> None:
    module = ast.parse(read("dataproc_jobs/fraud_stream/report/progress.py"))
    [summary] = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "summary"]
    [fields] = [node for node in ast.walk(summary) if isinstance(node, ast.Dict)]
    names = {key.value for key in fields.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    described = rows(section(OPERATIONS, "## What the job says"))["progress"][-1]
    assert "batch_id" in names
    assert names <= set(re.findall(r"`(\w+)`", described))
