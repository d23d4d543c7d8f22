"""The routes: parse, call, answer."""

from . import events, flows, types

routers = [types.router, events.router, flows.router]
