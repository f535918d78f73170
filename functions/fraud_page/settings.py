"""Settings of the page beyond those that functions share."""

from fraud.scoring import ScoreRules
from fraud_service.settings import Settings


class PageSettings(Settings):
    """The score rules that the job runs with: by them the page tells how many points a flag gave."""

    score_rules: ScoreRules = ScoreRules()
