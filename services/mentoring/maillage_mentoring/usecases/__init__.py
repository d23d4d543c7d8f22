"""The use cases of mentoring: the table of contents. Each loads, decides, saves and records events."""

from maillage_mentoring.usecases.arrivals import leave, leave_network, welcome
from maillage_mentoring.usecases.erasure import confirm_erasure, erase
from maillage_mentoring.usecases.mentors import Offer, mentor_facts_arrived, offer, resume
from maillage_mentoring.usecases.mentorships import Held, agree, end, give_feedback, record_meeting
from maillage_mentoring.usecases.network import (
    keep_coordinator,
    keep_cpts,
    keep_position,
    keep_presence,
    keep_seat,
    note_closure,
    note_departure,
)
from maillage_mentoring.usecases.pathways import close_pathway, complete_step, settle_steps, undo_attended
from maillage_mentoring.usecases.proposals import accept, decline, expire, nudge
from maillage_mentoring.usecases.proposals import withdraw as withdraw_proposal
from maillage_mentoring.usecases.requests import ask, edit, pick
from maillage_mentoring.usecases.requests import withdraw as withdraw_request
from maillage_mentoring.usecases.searches import Wishes, cpts_arrived, facts_arrived

__all__ = [
    "Held",
    "Offer",
    "Wishes",
    "accept",
    "agree",
    "ask",
    "close_pathway",
    "complete_step",
    "confirm_erasure",
    "cpts_arrived",
    "decline",
    "edit",
    "end",
    "erase",
    "expire",
    "facts_arrived",
    "give_feedback",
    "keep_coordinator",
    "keep_cpts",
    "keep_position",
    "keep_presence",
    "keep_seat",
    "leave",
    "leave_network",
    "mentor_facts_arrived",
    "note_closure",
    "note_departure",
    "nudge",
    "offer",
    "pick",
    "record_meeting",
    "resume",
    "settle_steps",
    "undo_attended",
    "welcome",
    "withdraw_proposal",
    "withdraw_request",
]
