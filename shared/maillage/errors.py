"""The errors a use case may raise, each with the code and the HTTP status its reader gets.

DomainError
├── Invalid               422   the request is understood and cannot be done as it is
├── BadRequest            400   the request itself is wrong (a parameter, a cursor)
├── Unauthorized          401   nobody is signed in, or the token is not good
├── Forbidden             403   signed in, and not allowed
├── NotFound              404
├── TooSlow               408   the body did not come in time
├── Conflict              409   the state of the thing forbids it
├── Gone                  410
├── PreconditionFailed    412   If-Match names an older version
├── TooLarge              413
├── PreconditionRequired  428   If-Match is missing
├── TooMany               429   with the seconds to wait
└── Unavailable           503   a part this answer needs is away for now

A service declares its own by subclassing one of them in its errors.py. Nothing said in an error may name a
person or repeat what the caller sent: errors travel to logs and screens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, TypedDict


class FieldError(TypedDict):
    """One thing wrong with the request: where (a JSON pointer into the body, or `?name`) and what."""

    pointer: str
    detail: str


class DomainError(Exception):
    """Something the caller may be told. Subclasses set the class attributes; details may hold {placeholders}.

    `keeps_changes = True` on a subclass commits what the request wrote before it raised (a counter of
    wrong tries must survive the refusal); otherwise everything is rolled back.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    title_fr: ClassVar[str] = "Erreur"
    title_en: ClassVar[str] = "Error"
    detail_fr: ClassVar[str] = ""
    detail_en: ClassVar[str] = ""
    keeps_changes: ClassVar[bool] = False

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **args: object,
    ) -> None:
        super().__init__(self.code)
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self._detail = detail
        self._args = args

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__ and not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", cls.code):
            raise TypeError(f"{cls.__name__}.code must be lower-case words joined by hyphens")

    def title(self, language: str) -> str:
        """The title in `language` ("fr" or "en")."""
        return self.title_en if language == "en" else self.title_fr

    def detail(self, language: str) -> str:
        """The detail in `language`, with the arguments given when it was raised put in."""
        if self._detail is not None:
            return self._detail
        text = self.detail_en if language == "en" else self.detail_fr
        return text.format(**self._args)


class BadRequest(DomainError):
    status = 400
    code = "bad-request"
    title_fr = "Requête incorrecte"
    title_en = "Bad request"


class UnknownParameter(BadRequest):
    code = "unknown-parameter"
    title_fr = "Paramètre inconnu"
    title_en = "Unknown parameter"
    detail_fr = "Cette adresse ne connaît pas ces paramètres : {names}."
    detail_en = "This address does not know these parameters: {names}."


class Unauthorized(DomainError):
    status = 401
    code = "unauthorized"
    title_fr = "Connexion nécessaire"
    title_en = "Sign-in required"

    def __init__(self, detail: str | None = None, *, reason: str | None = None) -> None:
        challenge = f'Bearer error="invalid_token", error_description="{reason}"' if reason else "Bearer"
        super().__init__(detail, headers={"WWW-Authenticate": challenge})
        self.reason = reason


class Forbidden(DomainError):
    status = 403
    code = "forbidden"
    title_fr = "Action non autorisée"
    title_en = "Not allowed"


class PeopleOnly(Forbidden):
    code = "people-only"
    title_fr = "Réservé aux personnes"
    title_en = "For people only"
    detail_fr = "Un programme ne peut pas agir à la place d’une personne : il faut qu’elle se connecte."
    detail_en = "A program cannot act as a person: she has to sign in herself."


class OtherRegion(Forbidden):
    code = "other-region"
    title_fr = "Réservé aux personnes de cette région"
    title_en = "For people of this region"
    detail_fr = "Votre compte est celui d’une autre région : c’est chez elle que vous pouvez agir."
    detail_en = "Your account belongs to another region: it is there that you can act."


class InsufficientScope(Forbidden):
    """`scope`: the one that the program's API key would need (RFC 6750)."""

    code = "insufficient-scope"
    title_fr = "Droit manquant"
    title_en = "Scope missing"
    detail_fr = "La clé d’API de ce programme n’a pas le droit {scope}."
    detail_en = "This program's API key does not have the scope {scope}."

    def __init__(self, scope: str) -> None:
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        super().__init__(headers={"WWW-Authenticate": challenge}, scope=scope)


class NotFound(DomainError):
    status = 404
    code = "not-found"
    title_fr = "Introuvable"
    title_en = "Not found"


class TooSlow(DomainError):
    status = 408
    code = "too-slow"
    title_fr = "Envoi trop lent"
    title_en = "Body too slow"
    detail_fr = (
        "Tout n’était pas arrivé au bout de {seconds} secondes : réessayez avec une meilleure connexion."
    )
    detail_en = "Not everything had come after {seconds} seconds: try again over a better connection."


class Conflict(DomainError):
    status = 409
    code = "conflict"
    title_fr = "Action impossible dans l’état actuel"
    title_en = "Not possible in the present state"


class Gone(DomainError):
    status = 410
    code = "gone"
    title_fr = "N’existe plus"
    title_en = "Gone"


class PreconditionFailed(DomainError):
    status = 412
    code = "version-mismatch"
    title_fr = "Modifié entre-temps"
    title_en = "Changed meanwhile"
    detail_fr = "Quelqu’un a modifié cet élément depuis votre lecture : relisez-le, puis recommencez."
    detail_en = "Someone changed this since you read it: read it again, then retry."


class TooLarge(DomainError):
    status = 413
    code = "too-large"
    title_fr = "Envoi trop volumineux"
    title_en = "Body too large"
    detail_fr = "Le corps de la requête dépasse {limit} octets."
    detail_en = "The request body is larger than {limit} bytes."


class Invalid(DomainError):
    status = 422
    code = "invalid"
    title_fr = "Données non valides"
    title_en = "Invalid data"


class PreconditionRequired(DomainError):
    status = 428
    code = "if-match-required"
    title_fr = "En-tête If-Match nécessaire"
    title_en = "If-Match required"
    detail_fr = "Indiquez dans If-Match l’ETag de la version que vous modifiez."
    detail_en = "Send the ETag of the version you are changing in If-Match."


class TooMany(DomainError):
    """`retry_after`: seconds until it makes sense to try again."""

    status = 429
    code = "too-many-requests"
    title_fr = "Trop de demandes"
    title_en = "Too many requests"

    def __init__(self, detail: str | None = None, *, retry_after: int = 60) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, retry_after=retry_after)


class Unavailable(DomainError):
    """`retry_after`: seconds until it makes sense to try again."""

    status = 503
    code = "unavailable"
    title_fr = "Momentanément indisponible"
    title_en = "Unavailable for now"

    def __init__(self, detail: str | None = None, *, retry_after: int = 5) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, retry_after=retry_after)
