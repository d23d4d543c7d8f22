"""The report for people: what holds, what does not and how to mend it, what could not be checked and why."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from maillage_conform.checks import GROUPS
from maillage_conform.checks.base import Result, Status
from maillage_conform.run import Report
from maillage_conform.texts import Language, Text

_SIGNS = {
    Status.PASSED: ("[green]✓[/]", Text("réussi", "passed")),
    Status.FAILED: ("[bold red]✗[/]", Text("échoué", "failed")),
    Status.NOT_CHECKED: ("[yellow]–[/]", Text("pas vérifié", "not checked")),
}
_SEEN, _EXPECTED = Text("Vu", "Seen"), Text("Attendu", "Expected")
_WRITTEN, _MEND = Text("Écrit dans", "Written in"), Text("À faire", "To mend")
_COUNTS = Text(
    "{passed} réussis, {failed} échoués, {skipped} pas vérifiés, en {seconds:.0f} s",
    "{passed} passed, {failed} failed, {skipped} not checked, in {seconds:.0f} s",
)
_LAST = Text("Ce que le service a écrit en dernier", "What the service wrote last")
_CONFORMS = Text(
    "Le service est conforme pour ce qui a été vérifié.", "The service conforms in what was checked."
)
_ALL = Text("Le service est conforme.", "The service conforms.")
_NOT = Text("Le service n'est pas conforme.", "The service does not conform.")
_NOTHING = Text("Rien n'a pu être vérifié.", "Nothing could be checked.")


def show(report: Report, console: Console, language: Language) -> None:
    """Print it."""
    for group in GROUPS:
        if results := report.groups.get(group.name):
            console.print(f"\n[bold]{escape(group.title.in_(language))}[/]")
            for result in results:
                _line(result, console, language)
    console.print()
    if report.last_words and report.count(Status.FAILED):
        console.print(f"[bold]{_LAST.in_(language)}[/]")
        console.print(escape(report.last_words), highlight=False, soft_wrap=True)
        console.print()
    counts = _COUNTS.in_(language).format(
        passed=report.count(Status.PASSED),
        failed=report.count(Status.FAILED),
        skipped=report.count(Status.NOT_CHECKED),
        seconds=report.seconds,
    )
    console.print(counts)
    console.print(f"[bold]{_conclusion(report).in_(language)}[/]")


def explanation(result: Result, language: Language) -> list[str]:
    """What was seen and expected, where the rule is written, and how to mend it."""
    check = result.check
    parts = (
        (_SEEN, result.seen.in_(language) if result.seen else ""),
        (_EXPECTED, check.expected.in_(language)),
        (_WRITTEN, check.written),
        (_MEND, check.mend.in_(language)),
    )
    colon = " :" if language == "fr" else ":"
    return [f"{name.in_(language)}{colon} {text}" for name, text in parts]


def _line(result: Result, console: Console, language: Language) -> None:
    sign, word = _SIGNS[result.status]
    title = escape(result.check.title.in_(language))
    console.print(f"  {sign} {title} [dim]{result.check.id}[/]", highlight=False)
    if result.status is Status.FAILED:
        for line in explanation(result, language):
            console.print(f"      {escape(line)}", highlight=False, soft_wrap=True)
    elif result.status is Status.NOT_CHECKED and result.seen:
        why = escape(result.seen.in_(language))
        console.print(f"      [yellow]{word.in_(language)}[/] {why}", highlight=False, soft_wrap=True)
    for note in result.notes:
        console.print(f"      [dim]{escape(note.in_(language))}[/]", highlight=False, soft_wrap=True)


def _conclusion(report: Report) -> Text:
    if report.count(Status.FAILED):
        return _NOT
    if not report.count(Status.PASSED):
        return _NOTHING
    return _CONFORMS if report.count(Status.NOT_CHECKED) else _ALL
