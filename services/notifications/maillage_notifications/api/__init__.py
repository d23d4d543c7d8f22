"""The routes: parse, call, answer."""

from . import inbox, mailbox, messages, preferences, unsubscribe

routers = [inbox.router, preferences.router, messages.router, mailbox.router, unsubscribe.router]
