"""Reads: plain selects, with the reach policy in them wherever they touch a person."""
