"""Every component of the stack. A new one is a module with a subclass of Component, and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from infra.local.alert_fanout import AlertFanout
from infra.local.authorize_payment import AuthorizePayment
from infra.local.automation_rules import AutomationRules
from infra.local.bigquery import BigQuery
from infra.local.component import Component
from infra.local.dataproc import Dataproc
from infra.local.firestore import Firestore
from infra.local.fraud_dashboard import FraudDashboard
from infra.local.gdpr_erasure import GdprErasure
from infra.local.kafka import Kafka
from infra.local.manual_review import ManualReview
from infra.local.pubsub import PubSub
from infra.local.redis import Redis
from infra.local.rule_desk import RuleDesk
from infra.local.scheduler import Scheduler
from infra.local.simulator import Simulator
from infra.local.spark import Spark
from infra.local.stream_supervisor import StreamSupervisor

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
