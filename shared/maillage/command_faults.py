"""What a command says, in one line, when something around it does not answer: a database, the bus, a file.

The last net under every command: what a command words better itself it catches itself.
"""

from __future__ import annotations

WRONG_DOOR = (
    "La base refuse cet utilisateur ou son mot de passe. Vérifiez MAILLAGE_SERVICE_DATABASES et "
    "MAILLAGE_SERVICE_PASSWORDS (ou MAILLAGE_DATABASE_URL, ou --database)."
)
NO_DATABASE = (
    "Cette base n'existe pas sur ce serveur. Vérifiez MAILLAGE_SERVICE_DATABASES (ou MAILLAGE_DATABASE_URL)."
)
NO_ANSWER = (
    "Pas de réponse ({said}). Vérifiez que la base et le bus tournent, et leurs adresses, puis relancez."
)
DATABASE = (
    "Une base ne répond pas ({said}). Vérifiez qu'elle tourne et son adresse, puis relancez la commande : "
    "rien n'est perdu."
)
BUS = "NATS n'a pas répondu jusqu'au bout ({said}). Vérifiez qu'il tourne, puis relancez la commande."
FILE = "Fichier ou dossier : {said}."


def sentence(error: BaseException) -> str | None:
    """The line for this error; None for one that is ours to mend, whose trace says where."""
    if isinstance(error, BaseExceptionGroup):
        told = [sentence(each) for each in error.exceptions]
        return told[0] if told and all(told) else None
    return _of_database(error) or _of_bus(error) or _of_system(error)


def _of_database(error: BaseException) -> str | None:
    from asyncpg import (
        InterfaceError,
        InvalidAuthorizationSpecificationError,
        InvalidCatalogNameError,
        PostgresConnectionError,
    )
    from sqlalchemy.exc import DBAPIError

    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, InvalidAuthorizationSpecificationError):  # a wrong password is one of its kinds
        return WRONG_DOOR
    if isinstance(cause, InvalidCatalogNameError):
        return NO_DATABASE
    if isinstance(error, DBAPIError):
        return DATABASE.format(said=_said(error.orig or error))
    if isinstance(error, PostgresConnectionError | InterfaceError):
        return DATABASE.format(said=_said(error))
    return None


def _of_bus(error: BaseException) -> str | None:
    from nats.errors import Error

    return BUS.format(said=_said(error)) if isinstance(error, Error) else None


def _of_system(error: BaseException) -> str | None:
    if isinstance(error, ConnectionError | TimeoutError):
        return NO_ANSWER.format(said=_said(error))
    if isinstance(error, OSError):
        return FILE.format(said=_said(error)) if error.filename else NO_ANSWER.format(said=_said(error))
    return None


def _said(error: BaseException) -> str:
    """Its first line, or its kind when it says nothing."""
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__
