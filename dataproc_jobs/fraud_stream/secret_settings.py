"""Secret settings by name: `REDIS_URL_SECRET` names the version in Secret Manager that holds REDIS_URL.

A batch's properties can be read by many; names of secrets do no harm there. Each process reads its own.
"""

import os
from functools import cache
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError
from google.cloud import secretmanager
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

SUFFIX = "_SECRET"
_TIMEOUT_S = 30.0


class SecretSource(PydanticBaseSettingsSource):
    """Looks each field up in Secret Manager whose variable with `_SECRET` names a version.

    Raises ValueError, which names the variable, when the version cannot be read.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the secret of a field, None where none is named."""
        del field
        variable = f"{field_name.upper()}{SUFFIX}"
        version = os.environ.get(variable)
        return (_read(variable, version) if version else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return every field that has a secret."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: text for name, text in found.items() if text is not None}


@cache
def client() -> secretmanager.SecretManagerServiceClient:
    """Return this process's client."""
    return secretmanager.SecretManagerServiceClient()


@cache
def _read(variable: str, version: str) -> str:
    try:
        answer = client().access_secret_version(name=version, timeout=_TIMEOUT_S)
    except (GoogleAPICallError, GoogleAuthError) as error:
        raise ValueError(f"{variable}: the secret cannot be read: {type(error).__name__}") from None
    text: str = answer.payload.data.decode()
    return text
