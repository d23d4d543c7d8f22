"""`python -m maillage_events serve | migrate | contract …`."""

from maillage.service import main

from maillage_events.app import service

main(service)
