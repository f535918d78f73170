"""Where the tables are to stand."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from the environment, and what it leaves out from `.local/env` of the current directory.

    Set BIGQUERY_EMULATOR_HOST to nothing to reach BigQuery itself where `.local/env` names an emulator.
    """

    model_config = SettingsConfigDict(env_file=".local/env", extra="ignore")

    google_cloud_project: Annotated[str, Field(min_length=1)]
    bigquery_dataset: Annotated[str, Field(pattern=r"^\w+$")] = "payment_data"
    bigquery_location: Annotated[str, Field(min_length=1)] = "EU"
    bigquery_emulator_host: str = ""

    @property
    def emulator_url(self) -> str | None:
        """The emulator's REST endpoint, or None for BigQuery itself."""
        host = self.bigquery_emulator_host
        if not host:
            return None
        return host if "://" in host else f"http://{host}"
