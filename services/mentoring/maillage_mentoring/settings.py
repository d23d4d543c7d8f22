"""What an operator may set for mentoring (environment prefix MAILLAGE_)."""

from maillage.settings import ServiceSettings
from pydantic import Field


class MentoringSettings(ServiceSettings):
    """Delays are in days."""

    answer_days: int = Field(7, ge=1, description="How long a proposed mentor has to answer")
    nudge_days: int = Field(3, ge=1, description="When a silent mentor is reminded")
    newcomer_days: int = Field(100, ge=1, description="A post taken up longer ago than this is old news")
    parallel_proposals: int = Field(3, ge=1, description="Mentors a mentee may have asked at the same time")
    silent_proposals: int = Field(2, ge=1, description="Proposals in a row left to expire before a pause")
    silent_pause_days: int = Field(30, ge=1, description="How long a silent mentor is paused")
    retry_days: int = Field(180, ge=1, description="How long a search without a mentor is tried again")
