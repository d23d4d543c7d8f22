"""Whom an HTTP client believes: the certificates of httpx, read once in a process and not for each client.

Reading them takes longer than most calls on loopback, also for a client that only ever speaks plain HTTP.
A client is told `verify=trusted()`.
"""

import functools
import ssl

import httpx


@functools.cache
def trusted() -> ssl.SSLContext:
    """What httpx would make for a client of its own, SSL_CERT_FILE and SSL_CERT_DIR heeded."""
    return httpx.create_ssl_context()
