"""What an operator's commands are told beside what a service is: where every service's database is."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from maillage.secrecy import refuse_unsafe
from maillage.settings import ServiceSettings, with_password

PLACE = "{service}"


class OperatorSettings(ServiceSettings):
    """Environment variables `MAILLAGE_…` for commands that act on several services at once."""

    service_databases: str = Field(
        "", description="Where the services' databases are; `{service}` in it stands for each one's name"
    )
    service_passwords: str = Field(
        "", description="The files of their passwords; `{service}` in it stands for each one's name"
    )

    def database_of(self, service: str) -> str:
        """The address of that service's database. Raises ValueError, OSError for a file."""
        if not self.service_databases:
            raise ValueError("MAILLAGE_SERVICE_DATABASES is not set")
        url = self.service_databases.replace(PLACE, service)
        if not self.service_passwords:
            return url
        password = Path(self.service_passwords.replace(PLACE, service)).read_text(encoding="utf-8").strip()
        refuse_unsafe(self.environment, **{f"database-{service}": password})
        return with_password(url, password)
