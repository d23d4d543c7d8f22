"""What can be refused in the directory, with the words its reader gets.

DomainError
├── BadRequest 400     SignInFailed
├── Forbidden 403      CodesOff, PersonUnknown, EmailNotVerified
├── NotFound 404       NoProvider
├── Invalid 422    UnknownTerm, UnknownCommune, UnknownPlace, ReachTooNarrow, BadDates, UnknownScope,
│                  ExpiryOutOfRange, ScopeNotGranted, AddressCodeRefused
├── Conflict 409   EmailTaken, SlugTaken, PostHeld, CptsIsClosed, PostStillHeld, PositionEnded, IdentityTaken,
│                  ApiKeyNameTaken, ApiKeyNotActive, ReportOutdated
├── Gone 410       PersonErased, ImportForgotten
├── Unauthorized 401   CodeRefused, RefreshRefused, ClientRefused and its kinds
├── TooMany 429    TooManyCodes
└── Unavailable 503    ProviderAway
"""

import structlog
from maillage.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    TooMany,
    Unauthorized,
    Unavailable,
)

log = structlog.get_logger(__name__)


class UnknownTerm(Invalid):
    code = "unknown-term"
    title_fr = "Terme absent du vocabulaire"
    title_en = "Term not in the vocabulary"
    detail_fr = "GET /vocabulary donne les termes possibles."
    detail_en = "GET /vocabulary lists the possible terms."


class UnknownCommune(Invalid):
    code = "unknown-commune"
    title_fr = "Commune inconnue"
    title_en = "Unknown commune"
    detail_fr = "Une commune se désigne par son code INSEE ; hors de la région, donnez aussi son nom."
    detail_en = "A commune is named by its INSEE code; outside the region, give its name too."


class UnknownPlace(Invalid):
    code = "unknown-place"
    title_fr = "Lieu inconnu"
    title_en = "Unknown place"
    detail_fr = "Indiquez un code INSEE de la région ou « latitude,longitude »."
    detail_en = "Give an INSEE code of the region or “latitude,longitude”."


class ReachTooNarrow(Invalid):
    code = "reach-too-narrow"
    title_fr = "Portée trop étroite"
    title_en = "Reach too narrow"
    detail_fr = "Le nom est visible au moins dans le collectif."
    detail_en = "A name is visible at least within the collective."


class BadDates(Invalid):
    code = "bad-dates"
    title_fr = "Dates incohérentes"
    title_en = "Dates do not fit"
    detail_fr = "Une fin de poste suit sa prise, et n’est pas dans l’avenir."
    detail_en = "A post ends after it began, and not in the future."


class EmailTaken(Conflict):
    code = "email-taken"
    title_fr = "Adresse déjà utilisée"
    title_en = "Address already in use"
    detail_fr = "Un compte a déjà cette adresse électronique."
    detail_en = "An account already has this e-mail address."


class SlugTaken(Conflict):
    code = "slug-taken"
    title_fr = "Nom court déjà pris"
    title_en = "Short name already taken"
    detail_fr = "Une autre CPTS porte déjà ce nom court."
    detail_en = "Another CPTS already has this short name."


class PostHeld(Conflict):
    code = "post-held"
    title_fr = "Poste déjà occupé"
    title_en = "Post already held"
    detail_fr = "Terminez d’abord le poste en cours."
    detail_en = "End the present post first."


class CptsIsClosed(Conflict):
    code = "cpts-closed"
    title_fr = "CPTS fermée"
    title_en = "CPTS closed"
    detail_fr = "Cette CPTS n’existe plus."
    detail_en = "This CPTS no longer exists."


class PostStillHeld(Conflict):
    code = "post-still-held"
    title_fr = "Des postes sont encore occupés"
    title_en = "Posts are still held"
    detail_fr = "Terminez les postes de cette CPTS avant de la fermer."
    detail_en = "End the posts of this CPTS before closing it."


class PositionEnded(Conflict):
    code = "position-ended"
    title_fr = "Poste déjà terminé"
    title_en = "Post already ended"


class ReportOutdated(Conflict):
    """The report is brought up to date and stays so: it is what the caller must read now."""

    code = "report-outdated"
    title_fr = "L’annuaire a changé depuis la vérification"
    title_en = "The directory has changed since the check"
    detail_fr = "Rien n’a été importé. Le rapport est à jour : relisez-le, puis confirmez."
    detail_en = "Nothing was imported. The report is up to date: read it again, then confirm."
    keeps_changes = True


class ImportForgotten(Gone):
    code = "import-forgotten"
    title_fr = "Cet import n’est plus là"
    title_en = "This import is gone"
    detail_fr = "Ses lignes ont été supprimées : envoyez le fichier de nouveau."
    detail_en = "Its lines were deleted: send the file again."


class PersonErased(Gone):
    code = "person-erased"
    title_fr = "Profil effacé"
    title_en = "Profile erased"


class CodeRefused(Unauthorized):
    code = "code-refused"
    title_fr = "Code refusé"
    title_en = "Code refused"
    detail_fr = "Ce code n’est pas le bon, ou il n’est plus valable : demandez-en un nouveau."
    detail_en = "This code is wrong or no longer valid: ask for a new one."


class AddressCodeRefused(Invalid):
    code = "address-code-refused"
    title_fr = "Code refusé"
    title_en = "Code refused"
    detail_fr = "Ce code n’est pas le bon, ou il n’est plus valable : demandez-en un nouveau."
    detail_en = "This code is wrong or no longer valid: ask for a new one."


class RefreshRefused(Unauthorized):
    code = "refresh-refused"
    title_fr = "Session terminée"
    title_en = "Session ended"
    detail_fr = "Connectez-vous de nouveau."
    detail_en = "Sign in again."


class TooManyCodes(TooMany):
    code = "too-many-codes"
    title_fr = "Trop de codes demandés"
    title_en = "Too many codes asked for"
    detail_fr = "Attendez quelques minutes avant d’en demander un autre."
    detail_en = "Wait a few minutes before asking for another one."


class CodesOff(Forbidden):
    code = "codes-off"
    title_fr = "Pas de code par e-mail ici"
    title_en = "No codes by e-mail here"
    detail_fr = "Sur cette instance, on se connecte par le fournisseur d’identité."
    detail_en = "On this instance people sign in through the identity provider."


class NoProvider(NotFound):
    code = "no-provider"
    title_fr = "Pas de fournisseur d’identité"
    title_en = "No identity provider"
    detail_fr = "Cette instance n’est reliée à aucun fournisseur d’identité."
    detail_en = "This instance is connected to no identity provider."


class ProviderAway(Unavailable):
    code = "provider-away"
    title_fr = "Le fournisseur d’identité ne répond pas"
    title_en = "The identity provider does not answer"
    detail_fr = "Réessayez dans quelques minutes."
    detail_en = "Try again in a few minutes."


class SignInFailed(BadRequest):
    """`reason` is for the log: what was wrong with the answer, in words without personal data."""

    code = "sign-in-failed"
    title_fr = "La connexion n’a pas abouti"
    title_en = "The sign-in did not succeed"
    detail_fr = "La réponse du fournisseur d’identité n’a pas pu être vérifiée : recommencez."
    detail_en = "The identity provider’s answer could not be verified: start again."

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        log.warning("oidc-sign-in-failed", reason=reason)


class PersonUnknown(Forbidden):
    code = "person-unknown"
    title_fr = "Aucun compte ne vous correspond"
    title_en = "No account matches you"
    detail_fr = "Votre identité est vérifiée, mais le collectif n’a pas encore de compte à votre adresse."
    detail_en = "Your identity is verified, but the collective has no account with your address yet."


class EmailNotVerified(Forbidden):
    code = "email-not-verified"
    title_fr = "Adresse non vérifiée"
    title_en = "Address not verified"
    detail_fr = "Le fournisseur d’identité ne garantit pas que votre adresse est la vôtre."
    detail_en = "The identity provider does not vouch that your address is yours."


class IdentityTaken(Conflict):
    code = "identity-taken"
    title_fr = "Un autre lien existe déjà"
    title_en = "Another link exists already"
    detail_fr = "Ce compte est relié à une autre identité, ou cette identité à un autre compte."
    detail_en = "This account is linked to another identity, or this identity to another account."


class UnknownScope(Invalid):
    code = "unknown-scope"
    title_fr = "Droit inconnu"
    title_en = "Unknown scope"
    detail_fr = "Droits possibles : {scopes}."
    detail_en = "Possible scopes: {scopes}."


class ExpiryOutOfRange(Invalid):
    code = "expiry-out-of-range"
    title_fr = "Date de fin non acceptée"
    title_en = "Expiry not accepted"
    detail_fr = "Une clé finit dans l’avenir, et dans {days} jours au plus."
    detail_en = "A key ends in the future, and within {days} days."


class ScopeNotGranted(Invalid):
    code = "scope-not-granted"
    title_fr = "Droit non accordé"
    title_en = "Scope not granted"
    detail_fr = "Cette clé a les droits : {scopes}."
    detail_en = "This key has the scopes: {scopes}."


class ApiKeyNameTaken(Conflict):
    code = "api-key-name-taken"
    title_fr = "Nom déjà pris"
    title_en = "Name already taken"
    detail_fr = "Une clé en service porte déjà ce nom."
    detail_en = "A key in service already has this name."


class ApiKeyNotActive(Conflict):
    code = "api-key-not-active"
    title_fr = "Clé expirée ou révoquée"
    title_en = "Key expired or revoked"
    detail_fr = "Elle ne peut plus changer de secret : créez une nouvelle clé."
    detail_en = "It can be given no new secret: make a new key."


class ClientRefused(Unauthorized):
    code = "client-refused"
    title_fr = "Clé d’API refusée"
    title_en = "API key refused"
    detail_fr = "Ce secret n’est celui d’aucune clé : vérifiez qu’il est complet."
    detail_en = "This is no key's secret: check that it is complete."


class ApiKeyRevoked(ClientRefused):
    code = "api-key-revoked"
    title_fr = "Clé d’API révoquée"
    title_en = "API key revoked"
    detail_fr = "Demandez une nouvelle clé à l’administration."
    detail_en = "Ask an administrator for a new key."


class ApiKeyExpired(ClientRefused):
    code = "api-key-expired"
    title_fr = "Clé d’API expirée"
    title_en = "API key expired"
    detail_fr = "Demandez une nouvelle clé à l’administration."
    detail_en = "Ask an administrator for a new key."


class ApiKeyReplaced(ClientRefused):
    code = "api-key-replaced"
    title_fr = "Secret remplacé"
    title_en = "Secret replaced"
    detail_fr = "Cette clé a un nouveau secret, et celui-ci n’est plus valable."
    detail_en = "This key has a new secret, and this one is over."
