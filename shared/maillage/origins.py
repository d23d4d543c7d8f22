"""Origins of web pages, as browsers send them."""

from urllib.parse import urlsplit


def exact_origin(text: str) -> str:
    """The origin itself. Raises ValueError for a pattern, for one with a path and for any other text."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "*" in text:
        raise ValueError(f"not an origin: {text!r} (e.g. https://agenda.example)")
    if text != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc or text != text.lower():
        raise ValueError(f"an origin is scheme and host alone, in lower case: {text!r}")
    return text
