"""Secrets that protect nothing, refused in production: empty ones, and the demo's, which anyone can read.

Every secret of the demo begins with `demo-` (keys made of bytes: those bytes): it says itself what it is.
"""

from __future__ import annotations

DEMO = "demo-"
ADVICE = "faites les vôtres avec « maillage secrets DOSSIER » (make your own with `maillage secrets FOLDER`)"
ADVICE_MAIL = (
    "écrivez celui de votre serveur d'e-mail dans le fichier « smtp » des secrets, ou "
    "enlevez MAILLAGE_SMTP_USER "
    "(write your mail server's into the file `smtp` of the secrets, or take MAILLAGE_SMTP_USER away)"
)


class UnsafeSecret(ValueError):
    """A secret that production must not have; the text, in French and English, says which and what to do."""

    def __init__(self, name: str, *, empty: bool) -> None:
        what = (
            "est vide (is empty)"
            if empty
            else "est celui de la démonstration (is the demo's, known to anyone)"
        )
        advice = ADVICE_MAIL if name.endswith("SMTP_PASSWORD") else ADVICE
        super().__init__(f"{name} {what} : {advice}")


def is_demo(secret: str | bytes) -> bool:
    """Whether this is one of the demo's secrets, written as text, as bytes or as hexadecimal digits."""
    text = secret.decode("latin-1") if isinstance(secret, bytes) else secret
    return text.startswith((DEMO, DEMO.encode().hex()))


def refuse_unsafe(environment: str, **secrets: str | bytes | None) -> None:
    """Raise UnsafeSecret for the first of these secrets that production must not have.

    Elsewhere than in production nothing is refused; None is a secret that is not used.
    """
    if environment != "production":
        return
    for name, secret in secrets.items():
        if secret is not None and (not secret.strip() or is_demo(secret)):
            raise UnsafeSecret(name, empty=not secret.strip())
