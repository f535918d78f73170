"""What programs have cost so far, as the kernel counts it."""

import psutil


def cpu_seconds(pid: int) -> float:
    """Return the CPU-seconds of a process and all its living descendants."""
    head = psutil.Process(pid)
    return sum(_spent(process) for process in [head, *head.children(recursive=True)])


def _spent(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system
