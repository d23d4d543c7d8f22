"""Faults: stories over HTTP while a nemesis breaks things, and afterwards a checker that reads everything."""
