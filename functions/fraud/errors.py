"""What can go wrong with a message or a request: whether trying again helps is all that its caller needs to know."""


class FraudError(Exception):
    """Anything the product raises on purpose; its message names fields and stores, never values."""


class PermanentError(FraudError):
    """Trying again gives the same: acknowledge the message and keep it on the dead-letter topic."""


class SubjectErasedError(FraudError):
    """The message is about a payment that was erased: acknowledge it, and keep it nowhere."""

    def __init__(self) -> None:
        super().__init__("the payment was erased")


class AbsentError(FraudError):
    """What is asked for is not there."""


class ConflictError(FraudError):
    """What is asked for does not go with what stands by now; `field` is to blame, if a field is."""

    field: str | None = None


class InvalidError(FraudError):
    """What a person wrote cannot be taken: `detail` says why and `field` is to blame, without its value."""

    def __init__(self, message: str, detail: str, field: str | None) -> None:
        super().__init__(message)
        self.detail = detail
        self.field = field


class RetryableError(FraudError):
    """A store or a peer is out of reach: let the message come again."""
