"""`python -m maillage_notifications serve | migrate | openapi | asyncapi | contract`."""

from maillage.service import main

from .app import service

main(service)
