"""Occitanie's directory."""
