"""Lists by keyset: `{"items": [...], "next": cursor}`. No gap and no repeat while others write.

The cursor holds the key of the last row seen, not an offset: rows written or removed before it move nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import ColumnElement, Select, TypeDecorator, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from maillage.errors import BadRequest
from maillage.fit import misfit

_NUMBERS = frozenset({int, float, Decimal})
T = TypeVar("T")
Key = Sequence[InstrumentedAttribute[Any] | ColumnElement[Any]]


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the following one, null on the last."""

    items: list[T]
    next: str | None = Field(None, description="Cursor of the next page")

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`CptsOutPage`: the name that generated clients give the type."""
        return "".join(param.__name__ for param in params) + cls.__name__


class BadCursor(BadRequest):
    code = "bad-cursor"
    title_fr = "Curseur non valable"
    title_en = "Bad cursor"
    detail_fr = "Reprenez la liste depuis le début, sans le paramètre cursor."
    detail_en = "Start the list again, without the cursor parameter."


@dataclass(frozen=True, slots=True)
class Paging:
    """What the caller asked of a list."""

    limit: int = 50
    cursor: str | None = None
    updated_since: datetime | None = None


Limit = Annotated[int, Query(ge=1, le=200, description="Items per page")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the page before")]


async def page_params(
    limit: Limit = 50,
    cursor: Cursor = None,
    updated_since: Annotated[
        AwareDatetime | None, Query(description="Only what changed at or after this time, oldest first")
    ] = None,
) -> Paging:
    return Paging(limit, cursor, updated_since)


async def walk_params(limit: Limit = 50, cursor: Cursor = None) -> Paging:
    return Paging(limit, cursor)


PageParams = Annotated[Paging, Depends(page_params)]
WalkParams = Annotated[Paging, Depends(walk_params)]
"""For a list of things that have no `updated_at`: there is nothing to ask `updated_since` about."""


async def paginate(
    session: AsyncSession,
    stmt: Select[*tuple[Any, ...]],
    params: Paging,
    *,
    key: Key | None = None,
    descending: bool = False,
) -> tuple[list[Any], str | None]:
    """Runs `stmt` for one page and gives its rows and the cursor of the next page.

    `key`: columns or expressions to order by, together unique and never null, the id last. Without it the
    order is the id's, which is that of creation and does not move while others write.
    Rows are what `stmt` selects: entities for a single-entity select, else tuples.
    With `updated_since` the order is (updated_at, id) of the first entity whatever `key` says: a row changed
    during the walk is then met again, at its new place.
    Raises BadCursor for a cursor this list did not give.
    """
    model = stmt.column_descriptions[0]["entity"]
    if params.updated_since is not None:
        stmt = stmt.where(model.updated_at >= params.updated_since)
        key, descending = (model.updated_at, model.id), False
    key = key or (model.id,)
    label = _label(key, descending)
    if params.cursor is not None:
        values = _decode(params.cursor, label, len(key))
        _require_kinds(key, values)
        stmt = stmt.where(_after(key, values, descending))
    order = [column.desc() if descending else column.asc() for column in key]
    stmt = stmt.order_by(None).order_by(*order).limit(params.limit + 1)
    width = len(stmt.column_descriptions)
    found = (await session.execute(stmt.add_columns(*key))).all()
    page = found[: params.limit]
    cursor = _encode(label, page[-1][width:]) if len(found) > params.limit else None
    if width == 1:
        return [row[0] for row in page], cursor
    return [tuple(row[:width]) for row in page], cursor


def _after(key: Key, values: Sequence[Any], descending: bool) -> ColumnElement[bool]:
    """Strictly after `values` in the order of `key` (spelt out: row values are not typed on SQLite)."""
    branches = []
    for place, column in enumerate(key):
        same = [before == value for before, value in zip(key, values[:place], strict=False)]
        beyond = column < values[place] if descending else column > values[place]
        branches.append(and_(*same, beyond))
    return or_(*branches)


def _label(key: Key, descending: bool) -> str:
    """Names the order, so that a cursor of another list is refused."""
    words = ",".join(str(column) for column in key) + ("-" if descending else "+")
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def _encode(label: str, values: Sequence[Any]) -> str:
    body = json.dumps([label, *map(_pack, values)], separators=(",", ":"), ensure_ascii=False).encode()
    check = hashlib.sha256(b"maillage-cursor" + body).digest()[:6]
    return base64.urlsafe_b64encode(check + body).decode().rstrip("=")


def _decode(cursor: str, label: str, length: int) -> list[Any]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        check, body = raw[:6], raw[6:]
        if hashlib.sha256(b"maillage-cursor" + body).digest()[:6] != check:
            raise BadCursor
        found, *values = json.loads(body)
        if found != label or len(values) != length:
            raise BadCursor
        return [_unpack(value) for value in values]
    except (ValueError, TypeError, KeyError, binascii.Error, ArithmeticError) as error:
        raise BadCursor from error


def _require_kinds(key: Key, values: Sequence[Any]) -> None:
    """Raises BadCursor unless each value is of its column's kind: who reads this file can write a cursor."""
    for column, value in zip(key, values, strict=True):
        if misfit(value) or type(value) not in _kinds(column):
            raise BadCursor


def _kinds(column: Any) -> frozenset[type]:
    kind = column.type
    kind = (kind.impl_instance if isinstance(kind, TypeDecorator) else kind).python_type
    return _NUMBERS if kind in _NUMBERS else frozenset({kind})


def _pack(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, UUID):
        return {"u": value.hex}
    if isinstance(value, Decimal):
        return {"n": str(value)}
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError("a list key holds times, dates, ids, numbers or text")
    return value


def _unpack(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    readers: dict[str, Callable[[str], Any]] = {
        "t": datetime.fromisoformat,
        "d": date.fromisoformat,
        "u": UUID,
        "n": Decimal,
    }
    return readers[kind](text)
