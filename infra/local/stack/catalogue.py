"""Every component of the stack. A new one is a module with a subclass of Component, and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from infra.local.functions.alert_fanout import AlertFanout
from infra.local.functions.authorize_payment import AuthorizePayment
from infra.local.functions.automation_rules import AutomationRules
from infra.local.functions.fraud_dashboard import FraudDashboard
from infra.local.functions.gdpr_erasure import GdprErasure
from infra.local.functions.manual_review import ManualReview
from infra.local.functions.rule_desk import RuleDesk
from infra.local.job.dataproc import Dataproc
from infra.local.job.label_scheduler import LabelScheduler
from infra.local.job.scheduler import Scheduler
from infra.local.job.spark import Spark
from infra.local.job.stream_supervisor import StreamSupervisor
from infra.local.servers.bigquery import BigQuery
from infra.local.servers.component import Component
from infra.local.servers.firestore import Firestore
from infra.local.servers.kafka import Kafka
from infra.local.servers.pubsub import PubSub
from infra.local.servers.redis import Redis
from infra.local.simulator import Simulator

_COMPONENTS: tuple[type[Component], ...] = (
    Kafka,
    Redis,
    PubSub,
    Firestore,
    BigQuery,
    Dataproc,
    StreamSupervisor,
    Scheduler,
    AlertFanout,
    AutomationRules,
    RuleDesk,
    LabelScheduler,
    ManualReview,
    FraudDashboard,
    GdprErasure,
    AuthorizePayment,
    Simulator,
    Spark,
)

CATALOGUE: Mapping[str, type[Component]] = MappingProxyType({component.name: component for component in _COMPONENTS})
"""The components by name, in the order people read them."""

EVERYTHING = tuple(name for name in CATALOGUE if name != Spark.name)
"""What `make run` starts; the job is started by its supervisor."""

SERVICES = tuple(name for name in EVERYTHING if name != Simulator.name)
"""What `make up` starts: everything but the traffic."""

SOURCES = tuple(component.name for component in (Simulator, Scheduler, StreamSupervisor, Dataproc, Spark))
"""What raises alerts, or starts what does."""
