"""A container's health: 0 when the service in it is ready to be sent requests, else 1.

Run every few seconds in every container, so it imports next to nothing: `python -IS /app/healthy.py`.
"""

import os
import socket
import sys

REQUEST = b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n"


def ready(port: int) -> bool:
    """Whether /readyz on this port answers 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=4) as connection:
            connection.sendall(REQUEST)
            status = connection.recv(16).split(b" ")
    except OSError:
        return False
    return status[1:2] == [b"200"]


if __name__ == "__main__":
    sys.exit(not ready(int(os.environ.get("MAILLAGE_PORT", "8080"))))
