"""Maillage mentoring: mentors, matching, mentorships, pathways."""
