"""A CPTS and its territory. All of it is public fact; none of it is about a person."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from maillage.db import Json, Versioned
from sqlalchemy import Boolean, Date, Float, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from maillage_directory.model.base import Base

CLOSED_STATUSES = frozenset({"fermee", "fusionnee"})


class Cpts(Versioned, Base):
    """A community of health professionals and its territory.

    `departments` holds every department it touches, `principal_department` the one it is filed under: one
    alone would be wrong for a dozen of them. `search_text` is the normalised name, aliases and communes.
    """

    __tablename__ = "cpts"

    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    aliases: Mapped[list[str]] = mapped_column(Json, default=list)
    status: Mapped[str] = mapped_column(String(40), index=True)
    main_commune_insee: Mapped[str] = mapped_column(String(5))
    main_commune_name: Mapped[str] = mapped_column(String(100))
    principal_department: Mapped[str] = mapped_column(String(3))
    population: Mapped[int | None] = mapped_column(Integer)
    size: Mapped[int | None] = mapped_column(Integer)
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    search_text: Mapped[str] = mapped_column(String)
    closed_on: Mapped[date | None] = mapped_column(Date)
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("cpts.id"))

    communes: Mapped[list[CptsCommune]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="CptsCommune.insee"
    )
    departments: Mapped[list[CptsDepartment]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="CptsDepartment.code"
    )
    challenges: Mapped[list[CptsChallenge]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="CptsChallenge.rank"
    )
    territory_types: Mapped[list[CptsTerritoryType]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="CptsTerritoryType.rank"
    )

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED_STATUSES

    @property
    def department_codes(self) -> list[str]:
        """The principal department first, then the others in order."""
        codes = [one.code for one in self.departments]
        return sorted(codes, key=lambda code: (code != self.principal_department, code))

    @property
    def challenge_slugs(self) -> list[str]:
        return [one.challenge for one in self.challenges]

    @property
    def territory_slugs(self) -> list[str]:
        return [one.territory_type for one in self.territory_types]


class CptsCommune(Base):
    """One commune (or district of Marseille) of a territory; `shared` when others cover it too."""

    __tablename__ = "cpts_commune"

    cpts_id: Mapped[UUID] = mapped_column(ForeignKey("cpts.id", ondelete="CASCADE"), primary_key=True)
    insee: Mapped[str] = mapped_column(String(5), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(String(100))
    shared: Mapped[bool] = mapped_column(Boolean, default=False)


class CptsDepartment(Base):
    """A department the territory touches, other regions' included."""

    __tablename__ = "cpts_department"

    cpts_id: Mapped[UUID] = mapped_column(ForeignKey("cpts.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(3), primary_key=True, index=True)


class CptsChallenge(Base):
    """A challenge the CPTS declares, in its own order of weight."""

    __tablename__ = "cpts_challenge"

    cpts_id: Mapped[UUID] = mapped_column(ForeignKey("cpts.id", ondelete="CASCADE"), primary_key=True)
    challenge: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)
    rank: Mapped[int] = mapped_column(Integer)


class CptsTerritoryType(Base):
    """A type of territory; the first is the principal one."""

    __tablename__ = "cpts_territory_type"

    cpts_id: Mapped[UUID] = mapped_column(ForeignKey("cpts.id", ondelete="CASCADE"), primary_key=True)
    territory_type: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)
    rank: Mapped[int] = mapped_column(Integer)
