"""What this service may refuse, each with its code, status and words.

Three families: the seminar does not allow it (its state, its window), the seats do not, the ticket does not.
"""

from uuid import UUID

from maillage.errors import Conflict, Gone, Invalid, NotFound


class WrongSeminarStatus(Conflict):
    code = "wrong-seminar-status"
    title_fr = "Impossible dans l’état actuel du séminaire"
    title_en = "Not possible in the seminar’s present state"
    detail_fr = "Le séminaire est à l’état « {status} » ; il faudrait : {allowed}."
    detail_en = "The seminar is “{status}”; this needs: {allowed}."


class FieldFrozen(Conflict):
    code = "field-frozen"
    title_fr = "Ce champ ne peut plus changer"
    title_en = "This field can no longer change"
    detail_fr = "Le champ « {field} » ne peut plus changer à l’état « {status} »."
    detail_en = "The field “{field}” cannot change in the state “{status}”."


class SlugTaken(Conflict):
    code = "slug-taken"
    title_fr = "Ce nom d’adresse est déjà pris"
    title_en = "This slug is already taken"


class NotYetStarted(Conflict):
    code = "seminar-not-started"
    title_fr = "Le séminaire n’a pas encore commencé"
    title_en = "The seminar has not started yet"


class AlreadyStarted(Conflict):
    code = "seminar-started"
    title_fr = "Le séminaire a déjà commencé"
    title_en = "The seminar has already started"


class CannotDelete(Conflict):
    code = "cannot-delete"
    title_fr = "Suppression impossible"
    title_en = "Cannot be deleted"
    detail_fr = "Des personnes y sont inscrites ou il est déjà publié : annulez plutôt."
    detail_en = "People are registered or it is already published: cancel it instead."


class CapacityBelowHeld(Conflict):
    code = "capacity-below-held"
    title_fr = "Capacité inférieure aux places déjà prises"
    title_en = "Capacity below the seats already held"
    detail_fr = (
        "{capacity} places demandées, mais {held} sont tenues ({confirmed} confirmées, {offered} proposées)."
    )
    detail_en = "{capacity} seats asked for, but {held} are held ({confirmed} confirmed, {offered} offered)."


class WorkshopClash(Conflict):
    code = "workshop-clash"
    title_fr = "Des inscrits ne pourraient plus suivre leurs ateliers"
    title_en = "Registered people could no longer attend their workshops"
    detail_fr = "À ces heures, {people} personne(s) auraient deux ateliers en même temps."
    detail_en = "At these times, {people} person(s) would have two workshops at once."


class RegistrationNotOpen(Conflict):
    code = "registration-not-open"
    title_fr = "Les inscriptions ne sont pas encore ouvertes"
    title_en = "Registration is not open yet"


class RegistrationClosed(Conflict):
    code = "registration-closed"
    title_fr = "Les inscriptions sont closes"
    title_en = "Registration is closed"


class AlreadyRegistered(Conflict):
    """Names the registration that exists, so that a client can go on with it."""

    code = "already-registered"
    title_fr = "Déjà inscrit·e à ce séminaire"
    title_en = "Already registered for this seminar"
    detail_fr = "L’inscription {registration_id} existe déjà."
    detail_en = "Registration {registration_id} already exists."

    def __init__(self, registration_id: UUID) -> None:
        super().__init__(
            registration_id=registration_id,
            errors=[{"pointer": "/coordinator_id", "detail": str(registration_id)}],
        )


class CoordinatorGone(Conflict):
    code = "coordinator-gone"
    title_fr = "Cette personne a quitté le réseau"
    title_en = "This person has left the network"


class CoordinatorMissing(Invalid):
    code = "coordinator-missing"
    title_fr = "Indiquez la personne à inscrire"
    title_en = "Say whom to register"
    detail_fr = "Ce compte n’est pas celui d’un·e coordonnateur·rice : indiquez coordinator_id."
    detail_en = "This account is not a coordinator’s: give coordinator_id."


class UnknownWorkshop(Invalid):
    code = "unknown-workshop"
    title_fr = "Atelier inconnu dans ce séminaire"
    title_en = "Unknown workshop in this seminar"

    def __init__(self, workshop_ids: list[UUID]) -> None:
        super().__init__(errors=[{"pointer": "/workshop_ids", "detail": str(one)} for one in workshop_ids])


class WorkshopsOverlap(Invalid):
    code = "workshops-overlap"
    title_fr = "Deux ateliers choisis ont lieu en même temps"
    title_en = "Two chosen workshops take place at the same time"

    def __init__(self, pairs: list[tuple[UUID, UUID]]) -> None:
        super().__init__(
            errors=[{"pointer": "/workshop_ids", "detail": f"{one} / {other}"} for one, other in pairs]
        )


class ChangeClosed(Conflict):
    code = "change-closed"
    title_fr = "Le choix des ateliers ne peut plus être modifié"
    title_en = "The choice of workshops can no longer be changed"


class RegistrationNotActive(Conflict):
    code = "registration-cancelled"
    title_fr = "Cette inscription est annulée"
    title_en = "This registration is cancelled"


class AlreadyAttended(Conflict):
    code = "already-attended"
    title_fr = "Une présence est déjà enregistrée"
    title_en = "A presence is already recorded"
    detail_fr = "Annulez d’abord le pointage."
    detail_en = "Undo the check-in first."


class NoOffer(Conflict):
    code = "no-offer"
    title_fr = "Aucune place n’est proposée pour cette inscription"
    title_en = "No seat is offered to this registration"


class OfferExpired(Gone):
    code = "offer-expired"
    title_fr = "Le délai de réponse est dépassé"
    title_en = "The time to answer is over"


class NameNotShared(Conflict):
    """A host seats nobody without a name; says where to share it."""

    code = "name-not-shared"
    title_fr = "Votre nom n’est pas partagé avec les autres régions"
    title_en = "Your name is not shared with other regions"
    detail_fr = (
        "L’équipe qui accueille a besoin de votre nom. Dans votre profil, réglez la portée du nom sur "
        "« Le pays », enregistrez, puis demandez votre place."
    )
    detail_en = (
        "The team that hosts needs your name. In your profile, set how far your name is seen to "
        "“The country”, save, then ask for your seat."
    )


class SeminarShutAbroad(Conflict):
    code = "seminar-shut"
    title_fr = "Ce séminaire n’est plus ouvert aux autres régions"
    title_en = "This seminar is no longer open to other regions"


class UnknownTicket(NotFound):
    code = "unknown-ticket"
    title_fr = "Code de billet inconnu"
    title_en = "Unknown ticket code"


class TicketOfOtherSeminar(Conflict):
    code = "ticket-of-other-seminar"
    title_fr = "Ce billet est celui d’un autre séminaire"
    title_en = "This ticket is for another seminar"


class TicketCancelled(Conflict):
    code = "ticket-cancelled"
    title_fr = "Ce billet a été annulé"
    title_en = "This ticket has been cancelled"


class NotInWorkshop(Conflict):
    code = "not-in-workshop"
    title_fr = "Cette personne n’a pas de place dans cet atelier"
    title_en = "This person holds no seat in this workshop"


class TimesInvalid(Invalid):
    """Some times do not agree with one another; each is named."""

    code = "times-invalid"
    title_fr = "Des dates se contredisent"
    title_en = "Some dates contradict each other"


class UnknownSlugs(Invalid):
    """Words that are not in the vocabulary, named one by one."""

    code = "unknown-slugs"
    title_fr = "Des mots ne sont pas dans le vocabulaire"
    title_en = "Some words are not in the vocabulary"
