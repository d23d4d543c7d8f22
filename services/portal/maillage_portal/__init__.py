"""Maillage portal: the web pages, a client of the four services."""
