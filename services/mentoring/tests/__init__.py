"""Tests of mentoring alone."""
