"""Rules in Firestore: each with every version it has had, and one count of changes to them all.

`rules/{rule_id}`, `rules/{rule_id}/versions/{version}` and `rule_sets/live`; see `fraud_service.stores.versions`.
"""

from google.cloud import firestore

from fraud.rules.rule import Rule, RuleError, RuleText, compiled
from fraud_service.stores.versions import Kind, Stored, Versions

_KIND = Kind(
    collection="rules",
    set_name="live",
    struct=Rule,
    key="rule_id",
    content=RuleText.__struct_fields__,
    check=compiled,
    refused=RuleError,
)

StoredRules = Stored[Rule]


def rules_of(documents: firestore.Client) -> Versions[Rule]:
    """Return the record of rules."""
    return Versions(documents, _KIND)
