"""Become another program, and die with the parent whatever ends it: `tether.py PARENT PROGRAM [ARGUMENT...]`.

A program of its own, not Popen's preexec_fn, which may deadlock when the parent has threads. On Linux the kernel
delivers the signal, kill -9 of the parent included; elsewhere `guard` does the same job a moment later.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel knew
        sys.exit(1)


if __name__ == "__main__":
    if sys.platform == "linux":
        _die_with(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the caller's own command, no shell wanted
