"""Maillage notifications: inbox, e-mail, deliveries."""
