"""What every web server of the house is told alike."""

from typing import Literal

PARSER: Literal["h11"] = "h11"
"""Who reads requests. uvicorn would take httptools where it happens to be installed: it is four times as
quick at it, which is a twentieth of a request, and keeps whatever headers are sent, without an end. h11
refuses more than 64 kB."""
