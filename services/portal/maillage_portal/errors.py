"""What can go wrong between a browser and the services, as the portal sees it.

PortalError
├── ForgedForm      a form without proof that it was rendered for this browser
├── SignInNeeded    a page that is for signed-in people
└── ApiProblem      a service said no (problem+json), or did not answer (status 503)
"""

from typing import Any

from maillage_portal.refusals import TITLE_SUFFICES, beside_field


class PortalError(Exception):
    """Base of the portal's own errors; `status` is the status of the page that tells it."""

    status = 500


class ForgedForm(PortalError):
    """The form's origin or token is not right: an attack, or a page left open for very long."""

    status = 403


class SignInNeeded(PortalError):
    """The page needs a signed-in person, or the session is over."""

    status = 401


class ApiProblem(PortalError):
    """A service's refusal, as RFC 9457 told it."""

    def __init__(self, status: int, body: dict[str, Any] | None = None) -> None:
        body = body or {}
        told = {name: value for name, value in body.items() if isinstance(value, str)}
        listed = body.get("errors")
        self.status = status
        self.code: str = told.get("code", "unavailable" if status >= 500 else "refused")
        self.title: str = told.get("title", "")
        self.detail: str = told.get("detail", "")
        self.trace_id: str | None = told.get("trace_id")
        self.errors: list[dict[str, Any]] = (
            [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
        )
        super().__init__(f"{status} {self.code}")

    @property
    def message(self) -> str:
        """What to tell the person, in her language when the service did."""
        return self.title if self.code in TITLE_SUFFICES else self.detail or self.title

    @property
    def is_about_address(self) -> bool:
        """Whether only what the page's address says is refused, as an identifier that is none."""
        pointers = [str(error.get("pointer", "")) for error in self.errors]
        return self.status == 422 and bool(pointers) and all(each.startswith("path:") for each in pointers)

    def by_field(self) -> dict[str, str]:
        """Form field name -> what is wrong, from the JSON pointers (`/email`, `/coordinator/email`, …)."""
        found: dict[str, str] = {}
        for error in self.errors:
            parts = [part for part in str(error.get("pointer", "")).lstrip("#").split("/") if part]
            names = [part for part in parts if not part.isdigit() and part != "body"]
            if names:
                found.setdefault(names[-1], beside_field(self.code, self.message, error))
        return found
