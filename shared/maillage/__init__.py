"""The technical kit of a Maillage service."""
