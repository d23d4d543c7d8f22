"""Maillage catalogue: every event type as declared and as observed, live events, flows between regions."""
