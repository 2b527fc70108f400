"""What a deployment needs besides its archive: source, blog, channels, secrets, store, schedule."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from time import monotonic
from urllib.parse import urlsplit

from core.archive.doctor import Finding, Level
from core.archive.ports import Ports
from core.model import dates, keys
from core.model.errors import (
    AnnounceUnavailable,
    BlogUnavailable,
    PaperboyError,
    SettingsError,
    SourceUnavailable,
)
from core.model.ports import Remaining
from handler import bootstrap
from handler.settings import AnnounceSettings, BlogSettings, Settings

# Seconds that each check may take.
PATIENCE = 60.0
LATER = "try again later"
UNREADABLE = "its secret cannot be read"


def surroundings(settings: Settings, now: datetime, *, look_at_blog: bool) -> Iterator[Finding]:
    """Yield what is found of all but the store; the blog's branch only on request."""
    yield from _source(settings, now)
    yield from _blog(settings.blog, look=look_at_blog)
    yield from _channels(settings.announce)
    url = urlsplit(settings.store)
    if url.scheme != "s3":
        yield Finding("schedule", Level.SKIPPED, "a directory has none")
        return
    yield _asked("versions", lambda: _versions(url.netloc))
    yield _asked("schedule", lambda: _schedule(url.netloc))


def _source(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Read the source's secret, and ask for yesterday, unless answers are recorded.

    Of recorded ones, some days are there, others not.
    """
    if not settings.source.startswith("http"):
        recorded = "answers are recorded ones"
        yield Finding("source's secret", Level.SKIPPED, recorded)
        yield Finding("source", Level.SKIPPED, recorded)
        return
    end, day = monotonic() + PATIENCE, now.date() - timedelta(days=1)
    secret = _source_secret(settings.source_secret, lambda: end - monotonic())
    yield secret
    if secret.level == Level.WRONG:
        yield Finding("source", Level.SKIPPED, UNREADABLE)
        return
    try:
        payload = bootstrap.source(settings, lambda: end - monotonic()).fetch(day)
    except SourceUnavailable as error:
        yield Finding("source", Level.WRONG, str(error), LATER)
    except PaperboyError as error:
        remedy = "check PAPERBOY_SOURCE and PAPERBOY_SOURCE_SECRET, or install a newer Paperboy"
        yield Finding("source", Level.WRONG, str(error), remedy)
    else:
        yield Finding("source", Level.RIGHT, _answer(len(payload.entries), day))


def _answer(papers: int, day: date) -> str:
    if papers:
        return f"answers; it lists {papers} papers for {day}"
    why = ", a weekend" if dates.is_weekend(day) else ""
    return f"answers; it lists no papers for {day}{why}"


def _source_secret(reference: str, remaining: Remaining) -> Finding:
    """Read the source's secret, if one is set."""
    check = "source's secret"
    if not reference:
        return Finding(check, Level.SKIPPED, "none is set, and none is needed")
    from adapters.secrets import SOURCE, read_token

    try:
        read_token(SOURCE, reference, remaining)
    except PaperboyError as error:
        later = isinstance(error, SourceUnavailable)
        remedy = LATER if later else "correct PAPERBOY_SOURCE_SECRET, or the secret that it names"
        return Finding(check, Level.WRONG, str(error), remedy)
    return Finding(check, Level.RIGHT, f"holds a token ({reference})")


def _blog(blog: BlogSettings | None, *, look: bool) -> Iterator[Finding]:
    """Read the blog's secret, and its branch if asked to."""
    if blog is None:
        unset = "no blog is set"
        yield Finding("blog's secret", Level.SKIPPED, unset)
        remedy = "set PAPERBOY_BLOG_REPOSITORY and PAPERBOY_BLOG_SECRET, or leave --blog out"
        wrong = Finding("blog", Level.WRONG, unset, remedy)
        yield wrong if look else Finding("blog", Level.SKIPPED, unset)
        return
    end = monotonic() + PATIENCE
    try:
        branch = bootstrap.blog(blog, lambda: end - monotonic())
    except PaperboyError as error:
        later = isinstance(error, BlogUnavailable)
        remedy = LATER if later else "correct PAPERBOY_BLOG_SECRET, or the secret that it names"
        yield Finding("blog's secret", Level.WRONG, str(error), remedy)
        yield Finding("blog", Level.SKIPPED, UNREADABLE)
        return
    yield Finding("blog's secret", Level.RIGHT, f"holds a token ({blog.secret})")
    if not look:
        yield Finding("blog", Level.SKIPPED, "--blog checks its branch")
        return
    try:
        oid = branch.tip([]).oid
    except PaperboyError as error:
        later = isinstance(error, BlogUnavailable)
        remedy = LATER if later else "check the repository, the branch, and the token's permissions"
        yield Finding("blog", Level.WRONG, str(error), remedy)
    else:
        yield Finding("blog", Level.RIGHT, f"{blog.repository}, {blog.branch} is at {oid[:12]}")


def _channels(announce: AnnounceSettings | None) -> Iterator[Finding]:
    """Open the channels, which reads their secrets; nothing is sent."""
    check = "channels"
    if announce is None or not announce.secrets:
        unset = "PAPERBOY_ANNOUNCE_SECRETS is not set" if announce else "nobody is told"
        yield Finding(check, Level.SKIPPED, unset)
        return
    end = monotonic() + PATIENCE
    channels = bootstrap.announcing(announce, "", lambda: end - monotonic()).channels
    opened = []
    for name in announce.style.channels:
        try:
            channels[name]()
        except PaperboyError as error:
            later = isinstance(error, AnnounceUnavailable)
            remedy = LATER if later else "docs/announce.md says what each channel needs"
            yield Finding(check, Level.WRONG, f"{name}: {error}", remedy)
        else:
            opened.append(name)
    if opened:
        yield Finding(check, Level.RIGHT, f"{', '.join(opened)} can be told; nothing was sent")


def _asked(check: str, ask: Callable[[], Finding]) -> Finding:
    try:
        return ask()
    except SettingsError as error:
        return Finding(check, Level.SKIPPED, str(error))


def _versions(bucket: str) -> Finding:
    from adapters.aws_checks import is_versioned

    if is_versioned(bucket):
        return Finding("versions", Level.RIGHT, "the bucket keeps old versions")
    remedy = (
        f"aws s3api put-bucket-versioning --bucket {bucket}"
        " --versioning-configuration Status=Enabled"
    )
    return Finding("versions", Level.WRONG, "the bucket keeps no old versions", remedy)


def _schedule(bucket: str) -> Finding:
    from adapters.aws_checks import schedules

    found = schedules(bucket)
    summary = ", ".join(f"{one.expression} {one.time_zone}" for one in found)
    off = [one.name for one in found if not one.enabled]
    if not found:
        remedy = "deploy the stack again: sam deploy"
        return Finding("schedule", Level.WRONG, "the bucket's stack has none", remedy)
    if off:
        remedy = f"enable it in EventBridge Scheduler: {', '.join(off)}"
        return Finding("schedule", Level.WRONG, f"disabled: {summary}", remedy)
    return Finding("schedule", Level.RIGHT, summary)


def store(ports: Ports) -> Finding:
    """Read one object, which may be missing: without permission to list, S3 refuses that."""
    where = ports.store.location("")
    try:
        ports.store.get(keys.ROOT_STATE)
    except PaperboyError as error:
        remedy = (
            "check its name and region; s3:GetObject and s3:ListBucket must be allowed"
            if where.startswith("s3:")
            else "name a directory that you can read"
        )
        return Finding("store", Level.WRONG, str(error), remedy)
    return Finding(
        "store", Level.RIGHT, f"{where} can be read; whether it can be written is not tried"
    )
