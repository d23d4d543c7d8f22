"""The built-in issuer: sign-in by a code sent by e-mail, short access tokens, rotating refresh tokens.

Secrets are never stored and never on the bus: the database holds HMACs, the mail goes out from here.
"""

from maillage_directory.auth.accounts import normal_email, operator_token
from maillage_directory.auth.api_keys import ServiceToken, service_token
from maillage_directory.auth.codes import redeem_code, request_code
from maillage_directory.auth.exchange import LIFETIME_SECONDS, token_for
from maillage_directory.auth.keys import IssuerKeys, issuer_keys
from maillage_directory.auth.mail import mail_code, mail_letter
from maillage_directory.auth.moving import Letter, forget_moves, pending_move
from maillage_directory.auth.sessions import Tokens, close_session, open_session, refresh_session

__all__ = [
    "LIFETIME_SECONDS",
    "IssuerKeys",
    "Letter",
    "ServiceToken",
    "Tokens",
    "close_session",
    "forget_moves",
    "issuer_keys",
    "mail_code",
    "mail_letter",
    "normal_email",
    "open_session",
    "operator_token",
    "pending_move",
    "redeem_code",
    "refresh_session",
    "request_code",
    "service_token",
    "token_for",
]
