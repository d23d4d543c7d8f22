"""Maillage events: seminars, workshops, registrations, attendance."""
