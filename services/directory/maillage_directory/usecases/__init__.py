"""What can be done in the directory: one function per use case.

A use case loads, decides, saves and records events. It never commits: the request or the message does, once.
"""

from maillage_directory.usecases.addresses import change_address, confirm_address
from maillage_directory.usecases.coordinators import add_coordinator, change_coordinator, confirm_profile
from maillage_directory.usecases.cpts import change_cpts, close_cpts, create_cpts
from maillage_directory.usecases.erasure import (
    complete_if_done,
    confirm_erasure,
    confirm_erasure_abroad,
    erase_again,
    erase_coordinator,
    note_purge,
    remind_of_erasure,
)
from maillage_directory.usecases.imports import check_import, confirm_import, forget_import
from maillage_directory.usecases.neighbours import (
    confirm_neighbour_erasure,
    erase_neighbour,
    keep_neighbour,
    withdraw_neighbour,
)
from maillage_directory.usecases.positions import end_position, start_position
from maillage_directory.usecases.presenting import present_some

__all__ = [
    "add_coordinator",
    "change_address",
    "change_coordinator",
    "change_cpts",
    "check_import",
    "close_cpts",
    "complete_if_done",
    "confirm_address",
    "confirm_erasure",
    "confirm_erasure_abroad",
    "confirm_import",
    "confirm_neighbour_erasure",
    "confirm_profile",
    "create_cpts",
    "end_position",
    "erase_again",
    "erase_coordinator",
    "erase_neighbour",
    "forget_import",
    "keep_neighbour",
    "note_purge",
    "present_some",
    "remind_of_erasure",
    "start_position",
    "withdraw_neighbour",
]
