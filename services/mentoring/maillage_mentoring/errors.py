"""What can go wrong in mentoring, with the code and status its reader gets.

Conflict
├── RequestAlreadyOpen
├── RequestClosed
├── ProposalClosed
├── MentorNotPossible   a hard rule of the matching forbids the pair; `rule` says which
├── MentorFull          the last place has just been taken
├── TooManyProposals
├── MentorshipEnded
├── PathwayEnded
└── StepIsAutomatic
Invalid
└── InTheFuture
NotFound
├── NoPathway
└── UnknownCoordinator
"""

from maillage.errors import Conflict, Invalid, NotFound


class RequestAlreadyOpen(Conflict):
    code = "request-already-open"
    title_fr = "Une recherche de mentor est déjà en cours"
    title_en = "A search for a mentor is already open"


class RequestClosed(Conflict):
    code = "request-closed"
    title_fr = "Cette recherche est terminée"
    title_en = "This search is over"


class ProposalClosed(Conflict):
    code = "proposal-closed"
    title_fr = "Cette proposition n’attend plus de réponse"
    title_en = "This proposal no longer awaits an answer"


class MentorNotPossible(Conflict):
    code = "mentor-not-possible"
    title_fr = "Ce mentor ne peut pas être sollicité pour cette recherche"
    title_en = "This mentor cannot be asked for this search"
    detail_fr = "Règle : {rule}."
    detail_en = "Rule: {rule}."


class MentorFull(Conflict):
    # The answer is no, and asking the next mentor meanwhile is kept.
    keeps_changes = True
    code = "mentor-full"
    title_fr = "Plus de place chez ce mentor"
    title_en = "This mentor has no place left"


class TooManyProposals(Conflict):
    code = "too-many-proposals"
    title_fr = "Trop de mentors sollicités à la fois"
    title_en = "Too many mentors asked at once"
    detail_fr = "{limit} propositions au plus peuvent attendre une réponse."
    detail_en = "At most {limit} proposals may await an answer."


class MentorshipEnded(Conflict):
    code = "mentorship-ended"
    title_fr = "Ce mentorat est terminé"
    title_en = "This mentorship is over"


class PathwayEnded(Conflict):
    code = "pathway-ended"
    title_fr = "Ce parcours est terminé"
    title_en = "This pathway is over"


class StepIsAutomatic(Conflict):
    code = "step-is-automatic"
    title_fr = "Cette étape se valide d’elle-même"
    title_en = "This step completes by itself"


class InTheFuture(Invalid):
    code = "date-in-the-future"
    title_fr = "La date est dans le futur"
    title_en = "The date is in the future"


class NoPathway(NotFound):
    code = "no-pathway"
    title_fr = "Pas de parcours d’accueil en cours"
    title_en = "No onboarding pathway"


class UnknownCoordinator(NotFound):
    code = "unknown-coordinator"
    title_fr = "Personne inconnue de l’annuaire"
    title_en = "Unknown to the directory"
