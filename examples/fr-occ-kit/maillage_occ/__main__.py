"""`python -m maillage_occ serve | migrate | …`."""

from maillage.service import main

from maillage_occ.app import service

main(service)
