"""What the directory answers when somebody changes her own address."""

from typing import Any

from fake_data import profile
from fake_directory import DIRECTORY
from fake_house import FakeHouse
from fake_sign_in import GOOD_CODE
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

REFUSED = {
    "code": "address-code-refused",
    "title": "Code refusé",
    "detail": "Ce code n’est pas le bon, ou il n’est plus valable : demandez-en un nouveau.",
    "errors": [{"pointer": "/code", "detail": "!"}],
}


def on(house: FakeHouse) -> None:
    """The routes, before those of the house."""
    router = APIRouter(prefix=DIRECTORY)

    @router.patch("/coordinators/{key}")
    async def change(key: str, request: Request) -> Any:
        person, sent = house.people[key], await request.json()
        if sent["email"] != person["email"]:
            house.pending_email = sent["email"]
        return profile(person, own=True)

    @router.post("/me/email/confirm")
    async def confirm(request: Request) -> Any:
        if (await request.json())["code"] != GOOD_CODE:
            return JSONResponse(REFUSED, 422, media_type="application/problem+json")
        moved, house.pending_email = house.pending_email, None
        return {"email": moved, "pending_email": None}

    @router.post("/me/email/cancel")
    async def cancel() -> Any:
        house.pending_email = None
        return {"email": "", "pending_email": None}

    house.app.router.routes[:0] = router.routes
