"""A PostgreSQL server for the test session: containers when asked for, else the machine's own binaries.

MAILLAGE_TEST_POSTGRES chooses: `containers` (testcontainers, of MAILLAGE_TEST_POSTGRES_IMAGE), a postgresql://
URL of a server whose user may create databases, `off`, or nothing for Debian's binaries on a private folder
and port.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from maillage.testing.processes import die_with_parent, free_port

ALWAYS = ("unix_socket_directories=", "jit=off")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class NoPostgresError(Exception):
    """No server can be had here; the text says why in one line."""


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a server's `postgres` database. Raises NoPostgresError.

    `durable`: one of the machine's own that syncs each commit to disk, as in production; tests need not wait.
    """
    choice = os.environ.get("MAILLAGE_TEST_POSTGRES", "")
    if choice == "off":
        raise NoPostgresError("PostgreSQL is switched off by MAILLAGE_TEST_POSTGRES=off")
    if choice.startswith("postgresql://"):
        yield choice
    elif choice == "containers":
        with _container() as url:
            yield url
    else:
        with _local(() if durable else FAST) as url:
            yield url


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    image = os.environ.get("MAILLAGE_TEST_POSTGRES_IMAGE", "postgres:17")
    with PostgresContainer(image, driver=None) as container:
        yield container.get_connection_url()


@contextmanager
def _local(settings: Sequence[str]) -> Iterator[str]:
    binaries = _find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="maillage-postgres-"))
    user = _server_user(folder)
    try:
        process, url = _start(binaries, folder, user, (*ALWAYS, *settings))
        try:
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _find_binaries() -> Path:
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    candidates = sorted(packaged, key=lambda path: float(path.parent.name), reverse=True)
    if found := shutil.which("initdb"):
        candidates.append(Path(found).parent)
    for candidate in candidates:
        if all((candidate / program).exists() for program in ("initdb", "postgres", "pg_isready")):
            return candidate
    raise NoPostgresError("no PostgreSQL binaries here (apt-get install postgresql)")


def _server_user(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: give the folder to the package's own user then."""
    if os.geteuid() != 0:
        return None
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        raise NoPostgresError("PostgreSQL does not run as root and there is no user postgres") from None
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return owner.pw_name


def _start(
    binaries: Path, folder: Path, user: str | None, settings: Sequence[str]
) -> tuple[subprocess.Popen[bytes], str]:
    data = folder / "data"
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "maillage",
        "--auth=trust",
        "--no-sync",
        "-E",
        "UTF8",
    ]
    made = subprocess.run(  # noqa: S603  (our own server)
        [*initdb, "--locale=C.UTF-8"], user=user, cwd=folder, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise NoPostgresError(f"initdb failed: {made.stderr.strip().splitlines()[-1]}")
    port = free_port()
    options = [part for option in settings for part in ("-c", option)]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  (our own server)
            [str(binaries / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), *options],
            user=user,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGQUIT),
        )
    _wait_until_ready(binaries, port, process, folder / "log")
    return process, f"postgresql://maillage@127.0.0.1:{port}/postgres"


def _wait_until_ready(binaries: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ask = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + 120
    while subprocess.run(ask, check=False).returncode:  # noqa: S603  (our own server)
        if process.poll() is not None or time.monotonic() > deadline:
            raise NoPostgresError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}")
        time.sleep(0.05)
