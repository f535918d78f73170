"""What can keep the local stack from working; each message is one sentence a person can act on."""


class StackError(Exception):
    """The local stack cannot start or go on; retrying without a change does not help."""


class MissingPrerequisiteError(StackError):
    """Something the machine must bring is absent; the message names it and how to install it."""


class DownloadError(StackError):
    """A pinned file could not be fetched, or is not the file that was pinned."""


class ComponentError(StackError):
    """A component ended, or did not answer in time; the message carries the end of its log."""
