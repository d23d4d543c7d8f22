"""Reads everything a house has kept and decides whether it kept its word. Each verdict is a function of its
own over `Evidence`, or over that of `Both` regions, so that each is tested by evidence that is wrong in just
that way.
"""

from tests.faults.checker.both import Both
from tests.faults.checker.evidence import Evidence, Published
from tests.faults.checker.verdicts import BETWEEN, VERDICTS, judge, judge_both

__all__ = ["BETWEEN", "VERDICTS", "Both", "Evidence", "Published", "judge", "judge_both"]
