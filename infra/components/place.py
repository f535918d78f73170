"""Where a deployment stands, and what every resource of it carries."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A project and region; `protected` resources refuse to be deleted."""

    project: str
    region: str
    environment: str
    protected: bool

    @property
    def labels(self) -> dict[str, str]:
        """What bills and searches go by."""
        return {"system": "payment-fraud", "environment": self.environment, "managed-by": "pulumi"}

    def address(self, account: str) -> str:
        """Return a function's address as tokens for it name it, known before it is there."""
        return f"https://{self.region}-{self.project}.cloudfunctions.net/{account}"

    @property
    def deletion_policy(self) -> str:
        """The provider's own guard, for resources that Google itself would delete."""
        return "PREVENT" if self.protected else "DELETE"
