"""What answers over the network: the running services, the bus and its rights, the mail server, the clock."""

import ctypes
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiosmtplib
import httpx
import nats
from maillage.events.connection import credentials
from maillage.events.streams import events_stream, topology
from maillage.nats import OPERATOR
from maillage.nats.folder import Folder
from maillage.settings import ServiceSettings
from maillage.trust import trusted

from maillage_embedded.broker import client_url
from maillage_embedded.doctor.finding import Finding, Findings, fine, warning, wrong
from maillage_embedded.house import services
from maillage_embedded.lock import AlreadyRunningError
from maillage_embedded.plan import Plan

PATIENCE = 15
"""Seconds for one answer: a machine that is busy is not a service that is ill."""
CLOCK_TOLERANCE = timedelta(seconds=5)
_REPAIR = "La maison le répare à l'instant ; si cela dure, lancez « maillage stream repair »."
_PROVISION = "Lancez « maillage provision »."
_PATIENCE = "Cela passe d'ordinaire tout seul ; sinon le journal du dossier log dit pourquoi."
TIME_ERROR = 5
"""What adjtimex(2) answers when the clock is not synchronised."""


async def answering(_plan: Plan, running: AlreadyRunningError | None) -> Findings:
    """What each service of the running house says of itself."""
    if running is None:
        return
    base = running.url.replace("localhost", "127.0.0.1")
    async with httpx.AsyncClient(
        base_url=base, verify=trusted(), timeout=PATIENCE, trust_env=False
    ) as client:
        for service in services():
            try:
                answer = await client.get(f"{service.base_path}/readyz")
                ready, said = answer.status_code == 200, answer.text
            except httpx.TransportError as error:
                ready, said = False, type(error).__name__
            if ready:
                for finding in flowing(service.name, answer.json()):
                    yield finding
            else:
                yield wrong(f"service {service.name} : {said}", "Le journal du dossier log dit pourquoi.")


def flowing(name: str, said: dict[str, Any]) -> Iterator[Finding]:
    """A service that answers, and what it says keeps its events from flowing."""
    problems = said.get("problems", [])
    if not problems:
        yield fine(f"service {name} : prêt")
    for problem in problems:
        if "stream repair" in problem:
            yield warning(f"service {name} : le flux a perdu des événements, rien n'est publié", _REPAIR)
        elif "provision" in problem:
            yield warning(f"service {name} : le flux ou son consommateur manque", _PROVISION)
        else:
            yield warning(f"service {name} : ses événements attendent ({problem})", _PATIENCE)


async def nats_rights(plan: Plan, running: AlreadyRunningError | None) -> Findings:
    """Stream and consumers, reached with the credentials the services use."""
    found = _bus(plan, running)
    if found is None:
        yield fine("bus : démarré par « maillage up »")
        return
    url, known = found
    try:
        client = await nats.connect(
            url, **known, connect_timeout=PATIENCE, allow_reconnect=False, max_reconnect_attempts=1
        )
    except Exception as error:  # noqa: BLE001  # whatever keeps us out is the finding
        yield wrong(
            f"bus {url} : {type(error).__name__}", "Vérifiez l'adresse, l'utilisateur, le mot de passe."
        )
        return
    region = os.environ.get("MAILLAGE_REGION", "fr-pac")
    jetstream, stream = client.jetstream(timeout=PATIENCE), events_stream(region)
    for name in topology(region).consumers:
        try:
            await jetstream.consumer_info(stream, name)
        except Exception as error:  # noqa: BLE001  # missing or not allowed: both are findings
            advice = (
                "Lancez « maillage provision », ou donnez à cet utilisateur les droits de ce consommateur."
            )
            yield wrong(f"bus : {name} sur {stream} : {type(error).__name__}", advice)
        else:
            yield fine(f"bus : {name} lit {stream}")
    await client.close()


def _bus(plan: Plan, running: AlreadyRunningError | None) -> tuple[str, dict[str, Any]] | None:
    """Where the bus is and how to identify oneself to it; None when it is only started with the house."""
    if os.environ.get("MAILLAGE_NATS_URL"):
        settings = ServiceSettings()
        return settings.nats_url, credentials(settings)
    url = client_url(plan.home) if running is not None else None
    if url is None:
        return None
    known = {"user": OPERATOR, "password": Folder(plan.home.root).password(OPERATOR)}
    return url, {**known, "inbox_prefix": f"_INBOX.{OPERATOR}".encode()}


async def mail(_plan: Plan, _running: AlreadyRunningError | None) -> Findings:
    """The mail server, up to the sign-in; no mail is sent."""
    settings = ServiceSettings()
    if settings.mail_transport == "mailbox":
        yield fine("e-mail : boîte locale, rien ne part")
        return
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        await _greet(settings)
    except (aiosmtplib.SMTPException, OSError) as error:
        advice = "Vérifiez MAILLAGE_SMTP_HOST, _PORT, _TLS, _USER et le mot de passe."
        yield wrong(f"e-mail {where} : {type(error).__name__}", advice)
    else:
        yield fine(f"e-mail : {where} répond")


async def _greet(settings: ServiceSettings) -> None:
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        use_tls=settings.smtp_tls == "tls",
        start_tls=settings.smtp_tls == "starttls",
        timeout=10,
    )
    async with client:
        if settings.smtp_user and settings.smtp_password:
            await client.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        await client.noop()


async def clock(_plan: Plan, _running: AlreadyRunningError | None) -> Findings:
    """The machine's time: tokens and deadlines depend on it."""
    advice = "Réglez l'horloge (systemd-timesyncd, chrony) : jetons et échéances en dépendent."
    drift = await _drift_from_issuer()
    text = f"horloge : {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if drift > CLOCK_TOLERANCE:
        yield wrong(f"{text}, {drift.total_seconds():.0f} s d'écart avec l'émetteur des jetons", advice)
    elif _unsynchronised():
        yield warning(f"{text}, non synchronisée", advice)
    else:
        yield fine(text)


async def _drift_from_issuer() -> timedelta:
    """How far this clock is from that of an issuer elsewhere; none when the issuer is the house itself."""
    url = os.environ.get("MAILLAGE_JWKS_URL")
    if not url:
        return timedelta()
    try:
        async with httpx.AsyncClient(verify=trusted(), timeout=PATIENCE) as client:
            said = (await client.get(url)).headers.get("date", "")
        return abs(datetime.now(UTC) - parsedate_to_datetime(said))
    except (httpx.TransportError, ValueError):
        return timedelta()


def _unsynchronised() -> bool:
    """Whether the kernel knows its clock to be on its own; False where it cannot be asked."""
    if not sys.platform.startswith("linux"):
        return False
    buffer = ctypes.create_string_buffer(512)  # struct timex, all zero: only ask
    return bool(ctypes.CDLL(None).adjtimex(buffer) == TIME_ERROR)
