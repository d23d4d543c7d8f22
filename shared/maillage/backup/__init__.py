"""Backup and restore of a whole region: every service's database, the streams with their consumers, the keys.

One cut through all of it: no database in a backup holds the effect of an event that its publisher's database
does not have (ADR 0019). What the streams lack of it is in the journals, and is given back to them.
"""
