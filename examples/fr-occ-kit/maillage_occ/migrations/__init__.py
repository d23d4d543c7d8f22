"""This service's schema history."""
