"""Settings of the page beyond those that functions share."""

from typing import Annotated

from pydantic import StringConstraints, model_validator

from fraud_service.http.caller import is_on_cloud_run
from fraud_service.settings import HttpsUrl, Settings

Origin = Annotated[
    str, StringConstraints(pattern=r"^(https://[a-z0-9.-]+(:\d+)?|http://(127\.0\.0\.1|localhost):\d+)$")
]


class PageSettings(Settings):
    """Where erasures are asked for, and where the page stands.

    `two_person_rule`: an erasure or a report is done once another privacy officer has asked for the same.
    `page_origins` are the addresses at which people open the page; none, and it is loopback's alone.
    """

    erasure_url: HttpsUrl
    two_person_rule: bool = False
    page_origins: tuple[Origin, ...] = ()

    @model_validator(mode="after")
    def _knows_its_address(self) -> "PageSettings":
        if is_on_cloud_run() and not self.page_origins:
            raise ValueError("PAGE_ORIGINS must name the page's addresses on Cloud Run")
        return self
