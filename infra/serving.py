"""The functions, what is pushed to them, and what calls them by the clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pulumi

from infra.archives import Archive
from infra.callers import known
from infra.components.builder import Builder, BuilderArgs
from infra.components.functions import Function, FunctionArgs
from infra.components.grants import Grants, GrantsArgs
from infra.components.identity import Identity, IdentityArgs
from infra.components.pubsub import Push, Subscription, SubscriptionArgs
from infra.components.scheduler import ScheduledCall, ScheduledCallArgs
from infra.components.secret import Secret
from infra.config import Functions
from infra.foundation import Foundation
from infra.services import DASHBOARD, Pushed, Service

Environment = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True)
class Platform:
    """What functions are given: the foundation, their settings, and the accounts that build and call them."""

    base: Foundation
    settings: Functions
    secrets: Mapping[str, Secret]
    builder: Builder
    pubsub: Identity
    scheduler: Identity
    before_calls: tuple[pulumi.Resource, ...]

    @classmethod
    def prepare(
        cls, base: Foundation, settings: Functions, secrets: Mapping[str, Secret], *before_calls: pulumi.Resource
    ) -> "Platform":
        """Make the accounts; nothing is called by the clock before what is in `before_calls` is there."""
        pubsub = Identity("pubsub-push", IdentityArgs(base.place, "pubsub-push", "Pushes messages to functions"))
        scheduler = Identity("scheduler", IdentityArgs(base.place, "scheduler", "Calls functions by the clock"))
        builder = Builder("builder", BuilderArgs(base.place, base.project.number))
        return cls(base, settings, secrets, builder, pubsub, scheduler, (*secrets.values(), *before_calls))

    def serve(
        self,
        service: Service,
        identity: Identity,
        archive: Archive,
        environment: Environment,
        pushed: Iterable[Pushed] = (),
        after: Iterable[Function] = (),
    ) -> Function:
        """Declare a function, its rights, its subscriptions, with those of this stack alone, and its schedule.

        It is changed `after` others have been, and serve what is new.
        """
        rights = Grants(service.name, self._grants(service, identity))
        others = [one.function for one in after]
        before = (rights, identity, self.builder, *self.base.stores, *others)
        function = Function(service.name, replace(self._args(service, identity, archive, environment), after=before))
        for one in (*service.pushed, *pushed):
            self._push(one, function)
        if service.schedule:
            self._schedule(service, service.schedule, function)
        return function

    def _args(self, service: Service, identity: Identity, archive: Archive, environment: Environment) -> FunctionArgs:
        settings = self.settings
        return FunctionArgs(
            place=self.base.place,
            service=service,
            identity=identity,
            builder=self.builder,
            archive=archive,
            bucket=self.base.archives.name,
            network=self.base.network,
            environment={
                "GOOGLE_CLOUD_PROJECT": self.base.place.project,
                **service.environment,
                **known(service, self.base.place.address(service.account), settings, self.pubsub, self.scheduler),
                **environment,
            },
            secrets={variable: self.secrets[name] for variable, name in service.secrets.items()},
            fewest_instances=settings.warm_instances if service.is_waited_for else 0,
            most_instances=service.most_instances or settings.max_instances,
            callers=self._callers(service),
            is_behind_iap=self._is_behind_iap(service),
        )

    def _is_behind_iap(self, service: Service) -> bool:
        return service.name == DASHBOARD and self.settings.page_domain is not None

    def _callers(self, service: Service) -> dict[str, pulumi.Input[str]]:
        listed = () if self._is_behind_iap(service) else self.settings.callers.get(service.name, ())
        named = dict(enumerate(listed))
        return {
            **{f"caller-{number}": member for number, member in named.items()},
            **({"pubsub": self.pubsub.member} if service.pushed else {}),
            **({"scheduler": self.scheduler.member} if service.schedule else {}),
        }

    def _grants(self, service: Service, identity: Identity) -> GrantsArgs:
        dataset = self.base.warehouse.dataset.dataset_id
        return GrantsArgs(
            self.base.place,
            identity,
            topics={name: self.base.publishable[name] for name in service.publishes},
            dataset=(dataset, service.dataset_role) if service.dataset_role else None,
            tables={name: self.base.warehouse.tables[name] for name in service.tables},
        )

    def _push(self, pushed: Pushed, function: Function) -> None:
        endpoint = pulumi.Output.concat(function.url, pushed.path)
        push = Push(endpoint, function.audience, self.pubsub.email)
        topic, agent = self.base.topics[pushed.topic], self.base.project.pubsub_agent
        Subscription(
            pushed.name, SubscriptionArgs(self.base.place, topic, agent, push, pushed.ordered, pushed.attempts)
        )

    def _schedule(self, service: Service, schedule: str, function: Function) -> None:
        args = ScheduledCallArgs(
            self.base.place, schedule, function.url, function.audience, self.scheduler.email, service.timeout_s
        )
        # the first call of the supervisor starts the batch: its rights, files and secrets are there by then
        after = pulumi.ResourceOptions(depends_on=[function, *self.before_calls])
        ScheduledCall(service.account, args, after)
