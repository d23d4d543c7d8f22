"""Maillage in one command: nats-server and every service on this machine."""
