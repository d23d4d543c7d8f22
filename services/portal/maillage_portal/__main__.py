"""`python -m maillage_portal`: the portal as a process of its own, set up by `MAILLAGE_…` variables."""

import os
import sys

import uvicorn
from maillage.settings import complaints
from maillage.telemetry import configure_logging
from maillage.webserver import PARSER
from pydantic import ValidationError

from maillage_portal.app import build


def main() -> None:
    """Serves until SIGTERM. Behind a proxy, `FORWARDED_ALLOW_IPS` names those whose headers hold."""
    configure_logging()
    try:
        app = build()
    except ValidationError as error:
        sys.exit(complaints(error))
    uvicorn.run(
        app,
        host=os.environ.get("MAILLAGE_HOST", "127.0.0.1"),
        port=int(os.environ.get("MAILLAGE_PORT", "8080")),
        http=PARSER,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
