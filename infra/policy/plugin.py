"""What every plugin of Pulumi's engine does: it says on which port it listens, and answers until it is ended."""

import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

_LARGEST = 400 << 20
_CALLS_AT_ONCE = 32


def serve(add: Callable[[grpc.Server], None]) -> None:
    """Serve until the engine ends the process. An interrupt goes to the engine, which ends its plugins itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sizes = [("grpc.max_receive_message_length", _LARGEST), ("grpc.max_send_message_length", _LARGEST)]
    server = grpc.server(ThreadPoolExecutor(_CALLS_AT_ONCE), options=sizes)
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Event().wait()
