"""Maillage directory: people, posts, CPTS, challenges, map, accounts."""
