"""What streams, accounts and subjects are called: said once, for the kit and the broker's configuration."""

OPERATOR = "operator"
"""The bus user that provisions, repairs, backs up, empties the dead letters."""
DLQ = "DLQ"
DLQ_PREFIX = "dlq"
REPLAY_PREFIX = "replay"
THROWN_PREFIX = "thrown"
FEED_PREFIX = "FEED_"
PUBLIC_PREFIX = "PUBLIC_"

RUN = "run `maillage"
"""In what is said of a problem: nothing but this command of an operator's ends it."""


def account(region: str) -> str:
    """A region as NATS names it, its account and the end of its streams' names: `FR_PAC`."""
    return region.upper().replace("-", "_")


def events_stream(region: str) -> str:
    """The name of a region's stream: `EVENTS_FR_PAC`."""
    return f"EVENTS_{account(region)}"


def region_of(stream: str) -> str:
    """Whose events a stream of `events_stream` holds."""
    return stream.removeprefix("EVENTS_").lower().replace("_", "-")


def public_stream(region: str) -> str:
    """The name of the stream other regions may copy: `PUBLIC_FR_PAC`."""
    return f"{PUBLIC_PREFIX}{account(region)}"


def feed_stream(region: str) -> str:
    """The name of our copy of another region's public events: `FEED_FR_OCC`."""
    return f"{FEED_PREFIX}{account(region)}"


def external_api(region: str) -> str:
    """Under which subjects our account finds another region's JetStream: `JS.fr-occ`."""
    return f"JS.{region}"


def look_name(looker: str) -> str:
    """The consumer a bus user makes for a moment, to see where its own events are."""
    return f"{looker}-look"


def deliver_prefix(reader: str, origin: str) -> str:
    """On which subjects `origin` hands its public events to `reader`; nobody else can speak there."""
    return f"deliver.{reader}.{origin}"


def replay_subject(stream: str, subject: str) -> str:
    """Where to publish an event of `subject` so that `stream` has it again.

    A feed listens to no subject of the other region, or events of hers could be forged here; it takes replays
    under a prefix that only operators may use, and stores them under their own subject.
    """
    return f"{REPLAY_PREFIX}.{subject}" if stream.startswith(FEED_PREFIX) else subject
