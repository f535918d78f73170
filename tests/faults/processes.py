"""The job's processes: the driver's virtual machine and its Python ones."""

from contextlib import suppress

import psutil


def workers(driver: int) -> list[psutil.Process]:
    """Return the Python workers, without the process that they are forked from."""
    processes = psutil.Process(driver).children(recursive=True)
    return [one for one in processes if "tests.faults.worker_daemon" in one.cmdline()][1:]


def memory(driver: int) -> int:
    """Return the bytes that all of them take up, shared ones once."""
    taken, machine = 0, psutil.Process(driver)
    for process in (machine, *machine.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            taken += process.memory_full_info().pss
    return taken
