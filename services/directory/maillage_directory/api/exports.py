"""The lists as files, under the filters of the lists, each field as far as it is open to who asks."""

import structlog
from fastapi import Response
from maillage.auth import Signed
from maillage.http import Read, service_router

from maillage_directory.api.imports import FILE
from maillage_directory.api.parts import CoordinatorFilters, CptsFilters, Language, Looking, table_file
from maillage_directory.queries import exports as queries
from maillage_directory.sheets import Form

router = service_router(tags=["exports"])
log = structlog.get_logger(__name__)


@router.get("/exports/coordinators.{form}", response_class=Response, responses=FILE)
async def export_coordinators(
    session: Read,
    caller: Signed,
    looking: Looking,
    language: Language,
    wanted: CoordinatorFilters,
    form: Form,
) -> Response:
    """Coordinators, a line for each post; an animator may correct it and import it again."""
    rows = await queries.people_rows(session, wanted, looking, language)
    log.info("exported", kind="coordinators", by=str(caller.id), lines=len(rows))
    return await table_file("coordonnateurs", form, queries.titles(queries.PEOPLE_COLUMNS, language), rows)


@router.get("/exports/cpts.{form}", response_class=Response, responses=FILE)
async def export_cpts(
    session: Read, caller: Signed, looking: Looking, language: Language, wanted: CptsFilters, form: Form
) -> Response:
    """CPTS, a line for each person who holds a post there; it can be imported again."""
    rows = await queries.cpts_rows(session, wanted, looking, language)
    log.info("exported", kind="cpts", by=str(caller.id), lines=len(rows))
    return await table_file("cpts", form, queries.titles(queries.CPTS_COLUMNS, language), rows)
