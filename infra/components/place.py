"""Where a deployment stands, and what every resource of it carries."""

from dataclasses import dataclass

import pulumi

from infra.components.propagation import Propagation


@dataclass(frozen=True)
class Place:
    """A project and region; `protected` resources refuse to be deleted.

    Whatever is made there waits for `after`, the project's APIs; `propagation` tells when a right can be used.
    """

    project: str
    region: str
    environment: str
    protected: bool
    after: tuple[pulumi.Resource, ...] = ()
    propagation: Propagation | None = None

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

    @property
    def grants(self) -> pulumi.ResourceHookBinding | None:
        """The hooks of a resource that grants a right."""
        return self.propagation.grants if self.propagation else None

    @property
    def uses_rights(self) -> pulumi.ResourceHookBinding | None:
        """The hooks of a resource that cannot be made before the rights it needs are in force."""
        return self.propagation.uses if self.propagation else None
