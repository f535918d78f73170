"""Service accounts: one for each program, with the roles it needs on the project and no more."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place


@dataclass(frozen=True)
class IdentityArgs:
    """`account` is the part before the @; `roles` are those that Google grants on whole projects only."""

    place: Place
    account: str
    purpose: str
    roles: tuple[str, ...] = ()


class Identity(Component):
    """A service account."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Identity", name, args.place, opts)
        child = pulumi.ResourceOptions(parent=self)
        granting = pulumi.ResourceOptions(parent=self, hooks=args.place.grants)
        account = gcp.serviceaccount.Account(
            name,
            project=args.place.project,
            account_id=args.account,
            display_name=args.purpose,
            opts=child,
        )
        self.email = account.email
        self.id = account.name
        self.member = account.email.apply("serviceAccount:{}".format)
        for role in args.roles:
            gcp.projects.IAMMember(
                f"{name}-{role.rsplit('/', 1)[1]}",
                project=args.place.project,
                role=role,
                member=self.member,
                opts=granting,
            )
        self._granting = granting
        self.register_outputs({"email": self.email})

    def let_use(self, name: str, member: pulumi.Input[str]) -> gcp.serviceaccount.IAMMember:
        """Let a member start programs that run as this account."""
        return gcp.serviceaccount.IAMMember(
            name,
            service_account_id=self.id,
            role="roles/iam.serviceAccountUser",
            member=member,
            opts=self._granting,
        )
