"""What every capability of the cloud is: a component whose resources wait for what its place waits for."""

import pulumi

from infra.components.place import Place


class Component(pulumi.ComponentResource):
    """A group of resources: none is made before the resources in `place.after`, which every member of it waits for."""

    def __init__(self, kind: str, name: str, place: Place, opts: pulumi.ResourceOptions | None = None) -> None:
        waits = pulumi.ResourceOptions(depends_on=list(place.after))
        super().__init__(f"fraud:cloud:{kind}", name, None, pulumi.ResourceOptions.merge(opts, waits))
