"""What can be refused here."""

from __future__ import annotations

from maillage.errors import Conflict, Invalid, NotFound


class NoMailbox(NotFound):
    code = "no-local-mailbox"
    title_fr = "Pas de boîte aux lettres locale ici"
    title_en = "No local mailbox here"
    detail_fr = "Elle n’existe que dans la démonstration, quand les e-mails ne sortent pas."
    detail_en = "It exists in the demo only, when mail does not leave."


class MandatoryTopic(Invalid):
    code = "mandatory-topic"
    title_fr = "Ce message ne peut pas être coupé"
    title_en = "This message cannot be switched off"


class UnknownTopic(Invalid):
    code = "unknown-topic"
    title_fr = "Sujet inconnu"
    title_en = "Unknown topic"


class BadLink(NotFound):
    code = "bad-unsubscribe-link"
    title_fr = "Ce lien n’est pas valable"
    title_en = "This link is not valid"
    detail_fr = "Réglez vos messages depuis votre page « Préférences »."
    detail_en = "Choose your messages on your Preferences page."


class NotRetryable(Conflict):
    code = "message-not-retryable"
    title_fr = "Ce message ne peut pas être renvoyé"
    title_en = "This message cannot be sent again"
    detail_fr = "Seul un e-mail en échec ou différé peut être renvoyé ; celui-ci est à l’état « {state} »."
    detail_en = "Only a failed or deferred e-mail can be sent again; this one is {state}."
