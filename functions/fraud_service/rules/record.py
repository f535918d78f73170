"""Rules in Firestore: each with every version it has had, and one count of changes to them all.

`rules/{rule_id}`, `rules/{rule_id}/versions/{version}` and `rule_sets/live`; see `fraud_service.stores.versions`.
"""

from google.cloud import firestore

from fraud.rules.rule import Rule, RuleError, RuleText, compiled
from fraud_service.stores.versions import Kind, Stored, Versions

_SPOILT = "its document has been spoilt past this API: mend it in Firestore"
_KIND = Kind(
    collection="rules",
    set_name="live",
    struct=Rule,
    key="rule_id",
    content=RuleText.__struct_fields__,
    check=compiled,
    spoilt=lambda rule_id: RuleError(rule_id, None, _SPOILT),
)

StoredRules = Stored[Rule]


def rules_of(documents: firestore.Client) -> Versions[Rule]:
    """Return the record of rules."""
    return Versions(documents, _KIND)
