"""The events mentoring consumes, each read into this service's own model of it.

`project` handlers keep facts and also run when the database is rebuilt; `react` handlers have effects.
"""

from maillage_mentoring.consumers import directory, own, seminars
from maillage_mentoring.consumers.consumer import consumer

__all__ = ["consumer", "directory", "own", "seminars"]
