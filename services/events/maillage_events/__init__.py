"""The events service: seminars, workshops, registrations, attendance."""
