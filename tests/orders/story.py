"""What happens in two small regions: all four stories, with every turn that gives an event of its own."""

from __future__ import annotations

from tests.orders.people import NATIONAL, SKILL, People
from tests.orders.region import AWAY


class Story(People):
    """Plays it."""

    async def play(self) -> None:
        """Everything, from the first CPTS to the last erasure."""
        await self._arrivals()
        await self._seminars()
        await self._mentoring()
        await self._neighbours()
        await self._departures()
        await self._endings()
        await self.regions.finish()

    async def _arrivals(self) -> None:
        for name, commune in (
            ("Verdon", "04112"),
            ("Riviera", "06088"),
            ("Etang", "13055"),
            ("Luberon", "84007"),
        ):
            await self.found(name, commune)
        await self.found("Tarn", "83137", region=AWAY)
        await self.enter("animatrice", roles=["coordinator", "animator"])
        await self.arrive("mentore", "Riviera", helps=True, started_on=self.day(-900))
        await self.arrive("marraine", "Etang", helps=True, started_on=self.day(-700))
        await self.offer_help("mentore", 2)
        await self.offer_help("marraine", 1)
        await self.arrive("nouvelle", "Verdon")
        await self.change("nouvelle", {"first_name": "Renommée"})
        await self.call("directory", "POST", f"/coordinators/{self.people['nouvelle']}/confirm", "nouvelle")
        await self.change("nouvelle", {"last_name": "Mariée", "reach": {"name": "collective"}})
        await self.change("nouvelle", {"email": "nouvelle.adresse@exemple.fr", "language": "en"}, by=None)
        await self.change_cpts("Verdon", {"name": "CPTS Verdon et Lure"})
        await self.arrive("voisine", "Luberon", reach=NATIONAL)
        await self.arrive("occitane", "Tarn", region=AWAY, reach=NATIONAL)
        await self.change("occitane", {"first_name": "Rebaptisée"}, region=AWAY)

    async def _seminars(self) -> None:
        await self.seminar("petit", 30, capacity=2)
        await self.seminar("annule", 40, capacity=3)
        await self.seminar("passe", 3, capacity=5)
        await self.seminar("ouvert", 45, capacity=2, audience="national")
        workshop = await self.workshop("petit")
        for who in ("mentore", "marraine", "nouvelle", "voisine"):
            await self.register(who, "petit")
        if workshop is not None:
            await self.choose("mentore", "petit", [workshop])
        for who in ("nouvelle", "voisine", "mentore", "marraine"):
            await self.register(who, "annule")
        for who in ("nouvelle", "marraine"):
            await self.register(who, "passe")
        await self.change_seminar("petit", {"city": "Avignon"})
        await self.change_seminar("passe", {"venue": "La Badine"})
        await self.seat("mentore", "petit", "cancel")
        await self.seat("nouvelle", "petit", "accept")
        await self.register("mentore", "petit")
        await self.change_seminar("annule", {"starts_at": self.at(41), "ends_at": self.at(41, 8)})
        await self.seat("nouvelle", "annule", "cancel")
        await self.register("nouvelle", "annule")
        await self.events("POST", f"/seminars/{self.seminars['annule']}/cancel")
        await self.regions.later(days=3, hours=2)
        for who in ("nouvelle", "marraine"):
            await self.check_in(who, "passe")
        await self.call(
            "events", "DELETE", f"/attendances/{self.seats.get('marraine at passe')}", None, match="*"
        )
        await self.events("POST", f"/seminars/{self.seminars['passe']}/complete")

    async def _mentoring(self) -> None:
        await self.answer("nouvelle", "decline")
        await self.answer("nouvelle", "accept")
        await self.meet("nouvelle")
        await self.arrive("seconde", "Verdon", title="deputy")
        await self.regions.later(days=8)
        await self.answer("seconde", "accept")
        await self.call("mentoring", "POST", "/requests", "voisine", {"skills": [SKILL], "challenges": []})
        await self.withdraw_request("voisine")
        await self.change(
            "seconde", {"challenges": [{"challenge": "soins-non-programmes", "stance": "working"}]}
        )

    async def _neighbours(self) -> None:
        await self.seminar("occitan", 45, capacity=1, region=AWAY, audience="national")
        await self.seminar("occitan annule", 50, capacity=3, region=AWAY, audience="national")
        await self.register("occitane", "occitan", region=AWAY)
        for seminar in ("occitan", "occitan annule"):
            await self.visit("voisine", seminar)
        await self.visit("occitane", "ouvert", region=AWAY)
        await self.register("mentore", "ouvert")
        await self.change_seminar("occitan", {"city": "Albi", "venue": "Le Théâtre"}, region=AWAY)
        await self.seat("occitane", "occitan", "cancel", region=AWAY)
        await self.guest("voisine", "occitan", "accept")
        await self.change_seminar(
            "occitan", {"starts_at": self.at(46), "ends_at": self.at(46, 8)}, region=AWAY
        )
        await self.change_seminar("ouvert", {"title": "Rencontres de printemps"})
        await self.events("POST", f"/seminars/{self.seminars['occitan annule']}/cancel", region=AWAY)
        await self.guest("occitane", "ouvert", "cancel", region=AWAY)
        await self.visit("occitane", "ouvert", region=AWAY)
        await self.change(
            "voisine", {"reach": {"name": "collective", "challenges": "region", "skills": "region"}}
        )
        await self.change("voisine", {"first_name": "Discrète"})
        await self.change("voisine", {"reach": NATIONAL})
        await self.change("occitane", {"reach": {"name": "region"}}, region=AWAY)
        await self.change("occitane", {"reach": NATIONAL}, region=AWAY)

    async def _departures(self) -> None:
        await self.leave("mentore", "Riviera")
        await self.change("mentore", {"first_name": "Retraitée", "reach": {"name": "collective"}})
        await self.move("marraine", "Etang", "Riviera")
        await self.close_cpts("Etang")
        await self.leave("voisine", "Luberon")
        await self.change("voisine", {"last_name": "Partie"})
        await self.arrive("voisine", "Luberon", known=True)
        await self.register("voisine", "petit")
        await self.change_cpts("Luberon", {"name": "CPTS Luberon Sud"})

    async def _endings(self) -> None:
        await self.change("nouvelle", {"first_name": "Oubliée"})
        await self.erase("nouvelle")
        await self.erase("occitane", region=AWAY)
        await self.regions.later(days=3)
        await self.events("POST", f"/seminars/{self.seminars['ouvert']}/cancel")
        await self.regions.later(days=20)
        await self.events("POST", f"/seminars/{self.seminars['petit']}/complete")
