"""Why the lab cannot answer; the message is all that the command line shows."""

from fraud.errors import FraudError


class LabError(FraudError):
    """A file or a store that cannot be read."""
