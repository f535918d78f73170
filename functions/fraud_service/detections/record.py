"""Detections in Firestore, which the streaming job reads between batches.

`detections/{detection_id}` and `rule_sets/detections`; see `fraud_service.stores.versions`.
"""

from google.cloud import firestore

from fraud.detections.detection import COLLECTION, Detection, DetectionError, DetectionText, compiled
from fraud_service.stores.versions import Kind, Versions

_KIND = Kind(
    collection=COLLECTION,
    set_name=COLLECTION,
    struct=Detection,
    key="detection_id",
    content=DetectionText.__struct_fields__,
    check=compiled,
    refused=DetectionError,
)


def detections_of(documents: firestore.Client) -> Versions[Detection]:
    """Return the record of detections."""
    return Versions(documents, _KIND)
