"""`python -m maillage_catalogue serve|migrate|openapi|asyncapi|contract`."""

from maillage.service import main

from maillage_catalogue.app import service

if __name__ == "__main__":
    main(service)
