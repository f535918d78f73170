"""Settings of the page beyond those that functions share."""

from pydantic import HttpUrl, field_validator

from fraud.scoring.score import ScoreRules
from fraud_service.channels.settings import LOOPBACK
from fraud_service.settings import Settings


class PageSettings(Settings):
    """The score rules that the job runs with, by which the page tells points, and where erasures are asked for.

    `privacy_officers` are who may ask for an erasure or a report on the page, by e-mail address; none, and on loopback
    anyone may, on Cloud Run nobody.
    """

    score_rules: ScoreRules = ScoreRules()
    erasure_url: HttpUrl
    privacy_officers: tuple[str, ...] | None = None

    @field_validator("erasure_url")
    @classmethod
    def _check_url(cls, url: HttpUrl) -> HttpUrl:
        if url.scheme != "https" and url.host not in LOOPBACK:
            raise ValueError("must be https")
        return url
