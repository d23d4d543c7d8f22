"""Files that a service made, handed on to the browser."""

from starlette.responses import Response

from maillage_portal.api import Answer

KEPT = ("content-type", "content-disposition", "cache-control")


def as_file(answer: Answer) -> Response:
    """The file with its name and type as the service gave them."""
    headers = {name: answer.headers[name] for name in KEPT if name in answer.headers}
    return Response(answer.body, headers={**headers, "X-Content-Type-Options": "nosniff"})
