"""`python -m maillage_mentoring serve|migrate|openapi|asyncapi|contract`."""

from maillage.service import main

from maillage_mentoring.app import service

if __name__ == "__main__":
    main(service)
