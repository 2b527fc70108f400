"""The steps of a backfill and of a rebuild, and the weekly check, each one invocation.

`statemachine/backfill.asl.json` calls the steps. Answers are small, because a state machine's data
is limited to 256 KiB. A failed step raises the error's own class: the state machine matches on its
name.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from core import publish
from core.archive import backfill, rebuild
from core.archive.ports import Ports
from core.archive.read import readable
from core.archive.rebuild import Rebuilt
from core.model import dates, keys
from core.model.errors import InvalidEvent
from core.model.ports import Remaining
from core.model.report import EditionReport, RunReport, RunRequest
from core.model.text import listed, shown
from handler import bootstrap, events, reports, settings
from handler.observability import count_repaired, log_edition, logger

Event = Mapping[str, object]
Answer = dict[str, object]

MOST_AT_ONCE, MOST_PACE = 40, 3600
# Seconds from one request to the next that keep within 500 in 5 minutes, with room for more pages.
PACE = 0.8
# Seconds that a month of the catalog may take, including the wait for another run.
FOR_A_MONTH = 90.0


@dataclass(frozen=True, slots=True)
class Step:
    """What an action works with: the event, its scheduled time, and the invocation's ports.

    `today` is the last day that can have an edition.
    """

    event: Event
    now: datetime
    today: date
    ports: Ports
    remaining: Remaining
    function: str

    def has_time(self) -> bool:
        """Return whether there is time for another month."""
        return self.remaining() > FOR_A_MONTH


def perform(event: Event, clock: datetime, remaining: Remaining, function: str) -> Answer:
    """Do what the event's `action` names, and return its answer.

    Raises `InvalidEvent`, `SettingsError`, or the error of what failed.
    """
    name = event["action"]
    if not isinstance(name, str) or name not in ACTIONS:
        raise InvalidEvent(f"action must be one of {', '.join(ACTIONS)}, not {shown(name)}")
    do, allowed = ACTIONS[name]
    if unknown := [key for key in event if key not in ("action", "scheduled_time", *allowed)]:
        raise InvalidEvent(
            f"unknown key {listed(unknown, shown)}; {name} takes {', '.join(allowed)}"
        )
    now = events.scheduled_time(event, clock)
    ports = bootstrap.ports(settings.from_environment(os.environ), remaining)
    return do(Step(event, now, min(now, clock).date(), ports, remaining, function))


def _plan(step: Step) -> Answer:
    """Return the days and months of a range, and how many seconds each day has to pause."""
    first, last = _range(step)
    events.flag(step.event, "force")
    at_once = _number(step, "concurrency", 1, range(1, MOST_AT_ONCE + 1))
    return {
        "dates": [str(day) for day in events.days_between(first, last)],
        "months": [f"{month:%Y-%m}" for month in dates.months_until(last, first)],
        "pace": ceil(at_once * PACE),
    }


def _edition(step: Step) -> Answer:
    """Write a day's truth; `wait` is how many seconds to pause before the next day."""
    day = events.day(step.event.get("date"), "date")
    events.check_day(day, step.today, "date")
    pace = _number(step, "pace", 0, range(MOST_PACE + 1))
    request = RunRequest((day,), step.now, force=events.flag(step.event, "force"))
    quota = bootstrap.quota()
    before = quota.admitted
    report = backfill.write_day(
        day, request, step.ports, lambda day: publish.fetch(day, request, step.ports)
    )
    log_edition(report)
    _check_all([report], step.now)
    # A day may have several pages, and tries.
    wait = max(pace * (quota.admitted - before), ceil(quota.idle()))
    return {"date": str(day), "status": str(report.status), "wait": wait}


def _catalog(step: Step) -> Answer:
    """Write what is derived from months' days; `next` is the month to continue with, if any."""
    first, last = (_month(step, key) for key in ("from", "to"))
    events.check_order(first, last, "%Y-%m")
    months = dates.months_until(last, first)
    return {"next": _next(rebuild.catalog(months, step.ports, step.has_time))}


def _commit(step: Step) -> Answer:
    """Commit to the blog what is missing of a range; with `force`, also what differs."""
    first, last = _range(step)
    force = events.flag(step.event, "force")
    if not step.ports.blog:
        return {"status": "none", "commit": None, "url": None}
    # Imported here, because most deployments have no blog.
    from core.archive.read import read_archive
    from core.blog.deliver import deliver

    days = events.days_between(first, last) if force else ()
    months = dates.months_until(last, first)
    archive = read_archive([], [], step.ports).archive
    request = RunRequest((), step.now)
    report = deliver(archive, days, request, step.ports, step.ports.blog, months=months)
    if report.error:
        raise report.error
    answer = reports.blog_as_json(report)
    return {key: answer[key] for key in ("status", "commit", "url")}


def _rebuild(step: Step) -> Answer:
    """Rebuild a month's editions from their raw payloads, and the derived objects."""
    first = _month(step, "month")
    request = RunRequest((), step.now)
    made = list(backfill.write_from_payloads(first, request, step.ports))
    for report in made:
        log_edition(report)
    _next(rebuild.catalog([first], step.ports, everything=True))
    _check_all(made, step.now)
    changed = sum(report.status.is_news for report in made)
    return {"month": f"{first:%Y-%m}", "editions": len(made), "changed": changed}


def _check(step: Step) -> Answer:
    """Write again what was deleted or edited; with `continue`, only what an earlier check left.

    The month to continue with is kept in the store, for the check of the next day.
    """
    stored = step.ports.store.get(keys.CHECK_STATE)
    left = readable(stored, _read_check) if events.flag(step.event, "continue") else None
    if left is None and events.flag(step.event, "continue"):
        return {"objects": 0, "next": None}
    rebuilt = rebuild.check(step.ports, None, left, step.has_time)
    body = json.dumps({"next": str(rebuilt.next) if rebuilt.next else None}).encode()
    if stored is None or stored.body != body:
        artifact = keys.artifact(keys.CHECK_STATE, body)
        step.ports.store.put(artifact, replaces=stored.etag if stored else None)
    logger.info("check", extra={"objects": rebuilt.count(), "next": str(rebuilt.next)})
    count_repaired(rebuilt.count(), step.function)
    return {"objects": rebuilt.count(), "next": _next(rebuilt)}


def _read_check(body: bytes) -> date | None:
    month = json.loads(body)["next"]
    return date.fromisoformat(month) if month else None


def _next(rebuilt: Rebuilt) -> str | None:
    """Return the month to continue with. Raises the first error of a day."""
    if rebuilt.errors:
        raise rebuilt.errors[0]
    return f"{rebuilt.next:%Y-%m}" if rebuilt.next else None


def _range(step: Step) -> tuple[date, date]:
    """Return the days that an event's range begins and ends with."""
    first = events.day(step.event.get("from"), "from")
    last = events.day(step.event["to"], "to") if "to" in step.event else step.today
    events.check_range(first, last, step.today)
    return first, last


def _month(step: Step, key: str) -> date:
    first = events.month(step.event.get(key), key)
    if not dates.first_of_month(dates.FIRST_DAY) <= first <= step.today:
        limits = f"{dates.FIRST_DAY:%Y-%m} to {step.today:%Y-%m} (UTC)"
        raise InvalidEvent(f"{first:%Y-%m} in {key} must be from {limits}")
    return first


def _number(step: Step, key: str, default: int, allowed: range) -> int:
    value = step.event.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
        limits = f"{allowed[0]} to {allowed[-1]}"
        raise InvalidEvent(f"{key} must be {limits}, not {shown(value)}")
    return value


def _check_all(made: list[EditionReport], now: datetime) -> None:
    """Raise an error of the first failure's class, whose message has the result of all days."""
    if failure := reports.failure(RunReport(now, dry_run=False, editions=tuple(made))):
        raise failure


ACTIONS: Mapping[str, tuple[Callable[[Step], Answer], tuple[str, ...]]] = {
    "plan": (_plan, ("from", "to", "force", "concurrency")),
    "edition": (_edition, ("date", "force", "pace")),
    "catalog": (_catalog, ("from", "to")),
    "commit": (_commit, ("from", "to", "force")),
    "rebuild": (_rebuild, ("month",)),
    "check": (_check, ("continue",)),
}
