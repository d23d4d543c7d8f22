"""Ticket codes: what a person shows at the door.

A code is 128 random bits in base32, so that it can be neither guessed nor derived from an id, and still be
typed from a printed ticket. It is a secret of its holder and of the animators: it never travels on the bus.
"""

import base64
import io
import secrets

import segno


def new_ticket_code() -> str:
    """26 characters A-Z and 2-7."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")


def normalise(code: str) -> str:
    """What was scanned or typed, without the spaces, dashes and lower case a hand puts in."""
    return "".join(code.split()).replace("-", "").upper()


def qr_svg(code: str) -> str:
    """The code as a QR picture, a file of its own: without its namespace browsers would show nothing."""
    picture = io.BytesIO()
    segno.make(code, error="m").save(picture, kind="svg", scale=6, border=4, xmldecl=False, nl=False)
    return picture.getvalue().decode()
