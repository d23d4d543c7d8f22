"""Reads everything a house has kept and decides whether it kept its word. Each verdict is a function of its
own over `Evidence`, so that each is tested by evidence that is wrong in just that way.
"""

from tests.faults.checker.evidence import Evidence, Published
from tests.faults.checker.verdicts import VERDICTS, judge

__all__ = ["VERDICTS", "Evidence", "Published", "judge"]
