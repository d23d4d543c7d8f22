"""The portal: Maillage's web pages. A client of the four services; it owns no data."""
