"""Files that a service made, handed on to the browser."""

from starlette.responses import Response

from maillage_portal.api import Answer
from maillage_portal.errors import ApiProblem

KEPT = ("content-type", "content-disposition", "cache-control")


def as_file(answer: Answer) -> Response:
    """The file with its name and type as the service gave them.

    Raises ApiProblem(502) for what has no name: then somebody between us has answered.
    """
    if "content-disposition" not in answer.headers:
        raise ApiProblem(502)
    headers = {name: answer.headers[name] for name in KEPT if name in answer.headers}
    return Response(answer.content, headers={**headers, "X-Content-Type-Options": "nosniff"})


def as_appointment(answer: Answer) -> Response:
    """An appointment to keep. Raises ApiProblem(502) for anything else."""
    told = {"Content-Disposition": "attachment"}
    return Response(content_of(answer, "text/calendar"), media_type="text/calendar", headers=told)


def content_of(answer: Answer, kind: str) -> bytes:
    """What the answer holds, if it is of that kind. Raises ApiProblem(502) for anything else."""
    told: str = answer.headers.get("content-type", "")
    if told.partition(";")[0].strip().lower() != kind:
        raise ApiProblem(502)
    return answer.content
