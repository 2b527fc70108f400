"""Debian's Chromium, headless, driven by Playwright; and what its pages did that nobody saw."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Dialog,
    Page,
    Route,
    expect,
    sync_playwright,
)

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page does, it reaches nobody but the server here.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# How long a page may take: more than a busy machine needs.
MILLISECONDS = 20_000
# A browser tells a violation in its console, too, but in words that change.
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`violates ${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`));
"""


needs_chromium = pytest.mark.skipif(
    shutil.which("chromium") is None and os.environ.get("CI") != "true",
    reason="chromium is not installed",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a Chromium."""
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One person's browsing of a site: pages with the same storage, and what they did wrong.

    `foreign` are the addresses elsewhere that were asked for; they get no answer, but `picture`.
    """

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.context = context
        self.foreign: list[str] = []
        self.problems: list[str] = []
        self.picture: bytes | None = None
        self.site = site
        context.set_default_timeout(MILLISECONDS)
        context.route(lambda url: not url.startswith(f"{site}/"), self._answer_elsewhere)
        context.on("console", lambda said: self._tell(said.text, said.type in ("error", "warning")))
        context.on("weberror", lambda wrong: self._tell(str(wrong.error)))
        context.on("dialog", self._dismiss)
        context.add_init_script(TELL_VIOLATIONS)

    def open(self, path: str = "") -> Page:
        """Open a page of the site in a new tab."""
        page = self.context.new_page()
        page.goto(f"{self.site}/{path}")
        return page

    def check(self) -> None:
        """Check that nothing went wrong, and that nobody else was asked for anything."""
        assert not self.problems, self.problems
        assert not self.foreign, self.foreign

    def _answer_elsewhere(self, route: Route) -> None:
        url = route.request.url
        if urlsplit(url).scheme in ("data", "blob", "about"):
            route.continue_()
            return
        self.foreign.append(url)
        if self.picture:
            route.fulfill(body=self.picture, content_type="image/png")
        else:
            route.abort()

    def _dismiss(self, dialog: Dialog) -> None:
        self._tell(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _tell(self, what: str, is_problem: bool = True) -> None:
        if is_problem:
            self.problems.append(what)


class Visitors:
    """Makes visitors of a site: people who chose something there before, or never came by."""

    def __init__(self, browser: Browser, site: str) -> None:
        self._browser, self._site = browser, site
        self._leave = ExitStack()
        self._all: list[Visitor] = []

    def __call__(
        self, language: str | None = None, colours: str | None = None, **options: Any
    ) -> Visitor:
        """Return a visitor; the options are Playwright's for a context."""
        choices = {"language": language, "colours": colours}
        kept = [{"name": name, "value": value} for name, value in choices.items() if value]
        storage: Any = {"cookies": [], "origins": [{"origin": self._site, "localStorage": kept}]}
        context = self._browser.new_context(storage_state=storage if kept else None, **options)
        self._leave.callback(context.close)
        visitor = Visitor(context, self._site)
        self._all.append(visitor)
        return visitor

    def leave(self) -> None:
        """Close all that was opened."""
        self._leave.close()

    def check(self) -> None:
        """Check that no visitor met anything wrong."""
        for visitor in self._all:
            visitor.check()
