"""Wakes those who wait for new events; what is new is always read from the database."""

from maillage.bell import Bell

bell = Bell()
"""Rung by the reader of this process after each batch it has noted."""
