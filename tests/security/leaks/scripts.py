"""A real browser looks at what people wrote, and tells whether any of it became more than text.

Three detectors, since a policy that stops a script hides the hole it came through: the script has run
(`window.__xss`, a dialog), the policy had something to stop, or the document holds an element of a payload.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.security.leaks.crawl import Seen
from tests.security.leaks.marks import SHORT, Marks

LISTEN = """
window.__seen = [];
window.__xss = number => window.__seen.push('ran: ' + number);
document.addEventListener('securitypolicyviolation', event =>
  window.__seen.push('stopped: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
"""
LOOK = """() => {
  const made = 'svg[onload], [onerror], img[src="x"], iframe[srcdoc], [onfocus], [href^="javascript:" i]';
  const found = [...document.querySelectorAll(made)].map(each => 'made: ' + each.outerHTML.slice(0, 120));
  if (document.body && getComputedStyle(document.body).display === 'none') found.push('made: a style');
  const texts = [], walk = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
  while (walk.nextNode())
    if (/zq\\d{3}x/.test(walk.currentNode.data) && walk.currentNode.parentNode.nodeName !== 'SCRIPT')
      texts.push(walk.currentNode.data);
  for (const each of document.querySelectorAll('[title], [aria-label], [alt], [value]'))
    for (const name of ['title', 'aria-label', 'alt', 'value'])
      if (/zq\\d{3}x/.test(each.getAttribute(name) || '')) texts.push(each.getAttribute(name));
  return [[...(window.__seen || []), ...found], texts];
}"""
MAIL_ADDRESS = "http://mail-reader.test/"


@dataclass
class Findings:
    """What the browser told: what is wrong, and which tokens it showed as text."""

    wrong: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)

    def look(self, page: Page, where: str, marks: Marks) -> None:
        """Judge the page as it stands."""
        seen, texts = page.evaluate(LOOK)
        self.wrong += [f"{where}: {each}" for each in seen]
        for text in texts:
            for mark in marks.found_in(text):
                self.shown.add(mark.token)
                # What stands in a list brought from a spreadsheet is told shortened, its file's name encoded.
                written = mark.field in ("name", "bio") or not (mark.owner or mark.place.startswith("listed"))
                if written:
                    self._whole(text, mark.token, where)

    def _whole(self, text: str, token: str, where: str) -> None:
        """The payload is there letter by letter: nothing was computed, eaten or taken for markup."""
        payload = SHORT.format(n=int(token[2:5]))
        ways = {
            payload,
            payload.replace("'", "’"),
            json.dumps(payload)[1:-1],
        }  # as written, in print, in JSON
        slug = f"{token}-svg"  # an address made from a name
        if not any(way in text for way in (*ways, slug)):
            at = text.index(token)
            self.wrong.append(f"{where}: not shown as written: {text[at : at + 100]!r}")


def watching(context: BrowserContext, findings: Findings) -> Page:
    """A page with the detectors in it."""
    context.set_default_timeout(60_000)
    context.add_init_script(LISTEN)
    page = context.new_page()

    def dialog(said: Any) -> None:
        findings.wrong.append(f"{page.url}: a dialog: {said.message}")
        said.dismiss()

    page.on("dialog", dialog)
    return page


def worth_a_look(seen: list[Seen]) -> list[Seen]:
    """Pages that together show each mark at each template once, those with most first."""
    pages = [each for each in seen if each.page and each.status == 200 and each.marks]
    chosen, covered = [], set()
    for each in sorted(pages, key=lambda one: -len(one.marks)):
        pairs = {(each.template, mark.place.partition(" ")[2]) for mark in each.marks}
        if not pairs <= covered:
            covered |= pairs
            chosen.append(each)
    return chosen


def read_mail(browser: Browser, mails: list[dict[str, Any]], marks: Marks, findings: Findings) -> None:
    """Look at the mails' HTML as a mail reader without any fence would show it."""
    context = browser.new_context(locale="fr-FR")
    page = watching(context, findings)
    served = {f"{MAIL_ADDRESS}{number}": mail["html"] for number, mail in enumerate(mails)}
    page.route(
        f"{MAIL_ADDRESS}*",
        lambda route: route.fulfill(body=served[route.request.url], content_type="text/html; charset=utf-8"),
    )
    for address, mail in zip(served, mails, strict=True):
        page.goto(address)
        findings.look(page, f"mail “{mail['subject'][:40]}”", marks)
    context.close()


def raw(browser: Browser, html: str) -> list[str]:
    """What the detectors tell of a page of our own making."""
    findings = Findings()
    context = browser.new_context()
    page = watching(context, findings)
    page.route(
        f"{MAIL_ADDRESS}*", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")
    )
    page.goto(MAIL_ADDRESS)
    findings.look(page, "raw", Marks())
    context.close()
    return findings.wrong
