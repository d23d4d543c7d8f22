"""What the directory's own mails say, in both languages. They name nobody: an address may be a stranger's."""

from __future__ import annotations

SIGNATURE = {
    "fr": "\nMaillage, le réseau d’entraide des coordinatrices et coordinateurs de CPTS\n",
    "en": "\nMaillage, the mutual-aid network of CPTS coordinators\n",
}
LETTERS: dict[str, dict[str, tuple[str, str]]] = {
    "sign-in": {
        "fr": (
            "{code} : votre code de connexion Maillage",
            "Bonjour,\n\n"
            "Votre code de connexion à Maillage :\n\n    {code}\n\n"
            "Il est valable {minutes} minutes et ne sert qu’une fois.\n"
            "Personne de l’équipe ne vous le demandera jamais.\n\n"
            "Vous n’avez pas demandé ce code ? Ignorez ce message : sans lui, personne ne peut entrer.\n",
        ),
        "en": (
            "{code}: your Maillage sign-in code",
            "Hello,\n\n"
            "Your sign-in code for Maillage:\n\n    {code}\n\n"
            "It is good for {minutes} minutes and works once.\n"
            "Nobody of the team will ever ask you for it.\n\n"
            "You did not ask for this code? Ignore this message: without it, nobody can get in.\n",
        ),
    },
    "code": {
        "fr": (
            "{code} : confirmez votre nouvelle adresse Maillage",
            "Bonjour,\n\n"
            "Vous souhaitez vous connecter à Maillage avec cette adresse et y recevoir vos messages.\n"
            "Pour la confirmer, saisissez ce code dans Maillage :\n\n    {code}\n\n"
            "{url}/mon-profil/adresse\n\n"
            "Il est valable {minutes} minutes. Tant qu’il n’est pas saisi, rien ne change.\n\n"
            "Vous n’avez rien demandé ? Quelqu’un s’est trompé d’adresse : ignorez ce message et ne donnez\n"
            "ce code à personne.\n",
        ),
        "en": (
            "{code}: confirm your new address for Maillage",
            "Hello,\n\n"
            "You would like to sign in to Maillage with this address and get your messages here.\n"
            "To confirm it, enter this code in Maillage:\n\n    {code}\n\n"
            "{url}/mon-profil/adresse\n\n"
            "It is good for {minutes} minutes. Until it is entered, nothing changes.\n\n"
            "You did not ask for this? Somebody mistyped an address: ignore this message and give the code\n"
            "to nobody.\n",
        ),
    },
    "asked": {
        "fr": (
            "Un changement d’adresse est demandé pour votre compte Maillage",
            "Bonjour,\n\n"
            "Un changement d’adresse est demandé pour votre compte Maillage. Il prendra effet quand la\n"
            "nouvelle adresse sera confirmée ; d’ici là, rien ne change.\n\n"
            "Ce n’est pas vous ? Choisissez « Garder mon adresse actuelle » sur cette page, et prévenez\n"
            "l’équipe d’animation du collectif :\n\n{url}/mon-profil/adresse\n",
        ),
        "en": (
            "A change of address was asked for on your Maillage account",
            "Hello,\n\n"
            "A change of address was asked for on your Maillage account. It takes effect once the new\n"
            "address is confirmed; until then, nothing changes.\n\n"
            "It was not you? Choose “Keep my present address” on this page, and tell an animator of the\n"
            "collective:\n\n{url}/mon-profil/adresse\n",
        ),
    },
    "done": {
        "fr": (
            "L’adresse de votre compte Maillage a changé",
            "Bonjour,\n\n"
            "Votre compte Maillage a maintenant une autre adresse : c’est là qu’arrivent vos messages, et\n"
            "c’est avec elle que vous vous connectez.\n\n"
            "Ce n’est pas vous ? Prévenez sans attendre l’équipe d’animation du collectif : elle peut\n"
            "remettre cette adresse-ci, ce qui ferme aussi toutes les connexions ouvertes.\n",
        ),
        "en": (
            "The address of your Maillage account has changed",
            "Hello,\n\n"
            "Your Maillage account now has another address: your messages arrive there, and you sign in\n"
            "with it.\n\n"
            "It was not you? Tell an animator of the collective at once: she can put this address back,\n"
            "which also closes every open session.\n",
        ),
    },
}


def written(kind: str, language: str, **values: object) -> tuple[str, str]:
    """Subject and text of a mail, in French where the language is another than the two."""
    known = language if language in SIGNATURE else "fr"
    subject, text = LETTERS[kind][known]
    return subject.format(**values), (text + SIGNATURE[known]).format(**values)
