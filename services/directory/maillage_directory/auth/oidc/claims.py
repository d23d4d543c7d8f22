"""Who somebody is, read from the provider's claims by the names the settings give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from maillage_directory.errors import SignInFailed
from maillage_directory.oidc_settings import OidcSettings
from maillage_directory.schemas.common import Email
from maillage_directory.schemas.coordinator import PersonName

Claims = Mapping[str, Any]
SUBJECT_LENGTH = 255
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_NAME: TypeAdapter[str] = TypeAdapter(PersonName)


@dataclass(frozen=True)
class Identity:
    """A person as the provider knows her. `email` is there only when it is verified or trusted.

    `unverified_email`: whether it gave an address that may not be relied on. `roles`: what it decides, None
    when it decides nothing.
    """

    issuer: str
    subject: str
    email: str | None
    unverified_email: bool
    given_name: str | None
    family_name: str | None
    roles: frozenset[str] | None


def identity_of(settings: OidcSettings, documents: Sequence[Claims]) -> Identity:
    """From userinfo and id token, the first to have a claim decides. Raises SignInFailed (no subject)."""
    subject = _first(documents, settings.oidc_claim_subject)
    if not isinstance(subject, (str, int)) or not 0 < len(str(subject)) <= SUBJECT_LENGTH:
        raise SignInFailed(reason="no subject")
    email, verified = _email(settings, documents)
    return Identity(
        issuer=settings.oidc_issuer,
        subject=str(subject),
        email=email if verified else None,
        unverified_email=email is not None and not verified,
        given_name=_text(_NAME, _first(documents, settings.oidc_claim_given_name)),
        family_name=_text(_NAME, _first(documents, settings.oidc_claim_family_name)),
        roles=_roles(settings, documents),
    )


def _email(settings: OidcSettings, documents: Sequence[Claims]) -> tuple[str | None, bool]:
    """The address and whether it is hers: both from one document, so that no flag vouches for another's."""
    for document in documents:
        email = _text(_EMAIL, _claim(document, settings.oidc_claim_email))
        if email is not None:
            said = _claim(document, settings.oidc_claim_email_verified)
            return email, settings.oidc_email_trusted or said is True or said == "true"
    return None, False


def _roles(settings: OidcSettings, documents: Sequence[Claims]) -> frozenset[str] | None:
    if not settings.oidc_roles:
        return None
    said = _first(documents, settings.oidc_claim_roles)
    values = said if isinstance(said, list) else [said]
    return frozenset(
        settings.oidc_roles[value]
        for value in values
        if isinstance(value, str) and value in settings.oidc_roles
    )


def _first(documents: Sequence[Claims], name: str) -> Any:
    return next((found for each in documents if (found := _claim(each, name)) is not None), None)


def _claim(document: Claims, name: str) -> Any:
    """The claim of that name; else the dots are a path into objects."""
    if name in document:
        return document[name]
    found: Any = document
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _text(form: TypeAdapter[str], value: Any) -> str | None:
    try:
        return form.validate_python(value)
    except ValidationError:
        return None
