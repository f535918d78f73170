"""The job's processes: the driver's virtual machine and its Python ones."""

import psutil


def workers(driver: int) -> list[psutil.Process]:
    """Return the Python workers, without the process that they are forked from."""
    processes = psutil.Process(driver).children(recursive=True)
    return [one for one in processes if "tests.faults.worker_daemon" in one.cmdline()][1:]
