"""How a service speaks HTTP: routes in one transaction, problem+json, lists, versions, idempotency keys."""

from maillage.http.deprecation import deprecated, deprecated_parameter
from maillage.http.etags import IfMatch, expect_version, set_etag
from maillage.http.idempotency import forget_answers, purge_answers
from maillage.http.limiting import address_of
from maillage.http.openapi import problems
from maillage.http.paging import Page, PageParams, WalkParams, paginate
from maillage.http.problems import Problem, install_problem_handlers, language_of
from maillage.http.routing import TransactionalRoute, service_router
from maillage.http.sessions import Glance, Once, Read, Write, read_session, settings_of, write_session

__all__ = [
    "Glance",
    "IfMatch",
    "Once",
    "Page",
    "PageParams",
    "Problem",
    "Read",
    "TransactionalRoute",
    "WalkParams",
    "Write",
    "address_of",
    "deprecated",
    "deprecated_parameter",
    "expect_version",
    "forget_answers",
    "install_problem_handlers",
    "language_of",
    "paginate",
    "problems",
    "purge_answers",
    "read_session",
    "service_router",
    "set_etag",
    "settings_of",
    "write_session",
]
