"""What a batch of the streaming job takes of a region's quota, held against what the region grants."""

import json
from collections.abc import Mapping

from infra.config import DRIVER_CORES, Stream


def needed(stream: Stream) -> dict[str, int]:
    """Return what one batch takes, by the names of Compute Engine's quotas."""
    return {
        "CPUS": DRIVER_CORES + stream.executors * stream.executor_cores,
        "DISKS_TOTAL_GB": stream.driver_disk_gb + stream.executors * stream.executor_disk_gb,
    }


def lacking(region: str, wanted: Mapping[str, int]) -> list[str]:
    """Return a line for each quota that is too small: `region` is what `gcloud compute regions describe` tells as JSON.

    Raises ValueError where it is something else.
    """
    try:
        quotas = {one["metric"]: float(one["limit"]) - float(one["usage"]) for one in json.loads(region)["quotas"]}
    except (TypeError, KeyError, ValueError):
        raise ValueError("the file is not what gcloud compute regions describe --format=json tells") from None
    return [
        f"{metric}: a batch takes {amount}, the region has {quotas.get(metric, 0):.0f} left"
        for metric, amount in wanted.items()
        if quotas.get(metric, 0) < amount
    ]
