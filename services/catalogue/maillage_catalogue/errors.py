"""What can be refused here."""

from __future__ import annotations

from maillage.errors import NotFound


class UnknownType(NotFound):
    code = "unknown-event-type"
    title_fr = "Type d’événement inconnu"
    title_en = "Unknown event type"
    detail_fr = "Aucun service ne le déclare et il n’a jamais été vu sur le bus."
    detail_en = "No service declares it and it was never seen on the bus."


class UnknownCorrelation(NotFound):
    code = "unknown-correlation"
    title_fr = "Aucun événement de ce fil"
    title_en = "No event of this thread"
    detail_fr = "Vérifiez l’identifiant : c’est celui de l’événement par lequel tout a commencé."
    detail_en = "Check the id: it is that of the event everything began with."
