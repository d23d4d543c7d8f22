"""What a form shows again when a service refused it: what was typed, and what is wrong beside each field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from maillage_portal.errors import ApiProblem


@dataclass(frozen=True)
class FormState:
    """Values by field name, errors by field name, and a message about the whole form."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    message: str = ""

    def value(self, name: str, default: Any = "") -> Any:
        """What the field shows: what was typed, else `default`."""
        found = self.values.get(name)
        return default if found is None else found

    @classmethod
    def refused(cls, form: FormData | Mapping[str, Any], problem: ApiProblem) -> "FormState":
        """The state after `problem`; errors about no field join the message."""
        values = {name: _values(form, name) for name in form}
        errors = problem.by_field()
        return cls(values, errors, problem.message)


NO_FORM = FormState()


def _values(form: FormData | Mapping[str, Any], name: str) -> Any:
    if not isinstance(form, FormData):
        return form[name]
    found = form.getlist(name)
    return found[0] if len(found) == 1 else found


async def read_form(request: Request) -> FormData:
    """The form of a request, once its proof has been verified by `current_visit`."""
    return await request.form()


def text(form: FormData, name: str) -> str | None:
    """A trimmed text field; None when empty, which the services read as `not given`."""
    value = form.get(name)
    trimmed = value.strip() if isinstance(value, str) else ""
    return trimmed or None


def texts(form: FormData, name: str) -> list[str]:
    """The values of a group of boxes."""
    return [value for value in form.getlist(name) if isinstance(value, str) and value]
