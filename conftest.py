"""What every test folder may ask of pytest, and a heap that is not walked again and again."""

import gc

pytest_plugins = [
    "tests.support.compiled",
    "tests.support.cost",
    "tests.support.crashes",
    "tests.support.order",
]


def pytest_collection_finish() -> None:
    """Leave what has been imported and collected out of every later garbage collection.

    The tests' libraries are some hundred megabytes, which each full collection looked through: an eighth of a
    small test's processor time and more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
