"""manual_review: the fraud team's API over reviews and cards."""

from infra.local.functions.function import Function


class ManualReview(Function):
    """Called by people, not by Pub/Sub."""

    name = "manual_review"
    address = "MANUAL_REVIEW_URL"
