"""The dataset that the settings name, behind a client that can reach it."""

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from sql.emulator import EmulatedWarehouse
from sql.settings import Settings
from sql.warehouse import Warehouse


def connect(settings: Settings) -> Warehouse:
    """Return the dataset; nothing is called yet. Close its client after use.

    Raises:
        google.auth.exceptions.DefaultCredentialsError: BigQuery itself is wanted and the machine has no credentials.
    """
    project, url = settings.google_cloud_project, settings.emulator_url
    place = (settings.bigquery_dataset, settings.bigquery_location)
    if url is None:
        return Warehouse(bigquery.Client(project, location=settings.bigquery_location), *place)
    client = bigquery.Client(project, credentials=AnonymousCredentials(), client_options={"api_endpoint": url})
    return EmulatedWarehouse(client, *place)
