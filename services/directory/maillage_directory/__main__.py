"""`python -m maillage_directory serve|migrate|contract …`."""

from maillage.service import main

from maillage_directory.app import service

main(service)
