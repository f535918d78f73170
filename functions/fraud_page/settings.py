"""Settings of the page beyond those that functions share."""

from pydantic import HttpUrl, field_validator

from fraud.scoring import ScoreRules
from fraud_service.channel import LOOPBACK
from fraud_service.settings import Settings


class PageSettings(Settings):
    """The score rules that the job runs with, by which the page tells points, and where erasures are asked for."""

    score_rules: ScoreRules = ScoreRules()
    erasure_url: HttpUrl

    @field_validator("erasure_url")
    @classmethod
    def _check_url(cls, url: HttpUrl) -> HttpUrl:
        if url.scheme != "https" and url.host not in LOOPBACK:
            raise ValueError("must be https")
        return url
