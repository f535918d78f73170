"""What can go wrong with a session, each with the exit status it ends with."""


class SimulatorError(Exception):
    """An error that one sentence explains to the user."""

    exit_status = 1


class OptionError(SimulatorError):
    """An option that cannot be, alone or beside another; the message names it."""

    exit_status = 2


class SettingsError(SimulatorError):
    """A setting that is missing or wrong; the message names its environment variable."""

    exit_status = 2


class KafkaUnavailableError(SimulatorError):
    """No broker answers, the topic is missing, or the producer has failed for good."""
