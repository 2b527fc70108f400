"""The steps of a backfill and of a rebuild: each is an invocation of the function by itself.

`statemachine/backfill.asl.json` calls them. Answers are small, as a state machine's data ends at
256 KiB; a step that failed raises the error's own class, which the state machine knows by name.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from core.archive import backfill
from core.archive.rebuild import publish_months
from core.model import dates
from core.model.errors import InvalidEvent
from core.model.ports import Ports, Remaining
from core.model.report import EditionReport, RunReport, RunRequest, Status
from core.model.text import shown
from handler import bootstrap, events, reports, settings
from handler.observability import log_edition

Event = Mapping[str, object]
Answer = dict[str, object]

MOST_AT_ONCE, MOST_PACE = 40, 3600
# Seconds from one request to the next that keep within 500 in 5 minutes, with room for more pages.
PACE = 0.8
# Seconds that a month of the catalog may take.
FOR_A_MONTH = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """What an action is done with: the event, its scheduled time, and the invocation's ports.

    `today` is the last day that there can be anything of.
    """

    event: Event
    now: datetime
    today: date
    ports: Ports
    remaining: Remaining


def perform(event: Event, clock: datetime, remaining: Remaining) -> Answer:
    """Do what the event's `action` names, and return its answer.

    Raises `InvalidEvent`, `SettingsError`, or the error of what failed.
    """
    name = event["action"]
    if not isinstance(name, str) or name not in ACTIONS:
        raise InvalidEvent(f"action must be one of {', '.join(ACTIONS)}, not {shown(name)}")
    do, keys = ACTIONS[name]
    if unknown := [key for key in event if key not in ("action", "scheduled_time", *keys)]:
        names = ", ".join(map(shown, unknown[:3]))
        raise InvalidEvent(f"unknown key {names}; {name} takes {', '.join(keys)}")
    now = events.scheduled_time(event, clock)
    ports = bootstrap.ports(settings.from_environment(os.environ), remaining)
    return do(Step(event, now, min(now, clock).date(), ports, remaining))


def _plan(step: Step) -> Answer:
    """Return the days and months of a range, and for how many seconds each run is to be idle."""
    first, last = _range(step)
    events.flag(step.event, "force")
    at_once = _number(step, "concurrency", 1, range(1, MOST_AT_ONCE + 1))
    return {
        "dates": [str(day) for day in events.days_between(first, last)],
        "months": [f"{month:%Y-%m}" for month in dates.months_until(last, first)],
        "pace": ceil(at_once * PACE),
    }


def _edition(step: Step) -> Answer:
    """Bring a day's own files; `wait` is how many seconds to be idle before the next day."""
    day = events.day(step.event.get("date"), "date")
    events.check_day(day, step.today, "date")
    pace = _number(step, "pace", 0, range(MOST_PACE + 1))
    force, quota = events.flag(step.event, "force"), bootstrap.quota()
    before = quota.admitted
    report = backfill.bring_edition(day, step.now, force, step.ports)
    log_edition(report)
    _check([report], step.now)
    # A day may have several pages, and tries.
    wait = max(pace * (quota.admitted - before), ceil(quota.idle()))
    return {"date": str(day), "status": str(report.status), "wait": wait}


def _catalog(step: Step) -> Answer:
    """Bring the catalog of months up to date; `next` is the month to go on with, if any is left."""
    first, last = (_month(step, key) for key in ("from", "to"))
    months = dates.months_until(last, first)
    left = publish_months(months, step.now, step.ports, lambda: step.remaining() > FOR_A_MONTH)
    return {"next": f"{left:%Y-%m}" if left else None}


def _commit(step: Step) -> Answer:
    """Commit to the blog what it lacks of a range; with `force`, whatever differs there."""
    first, last = _range(step)
    if not step.ports.blog:
        return {"status": "none", "commit": None, "url": None}
    # Imported here, as in a run, so that nothing of it is loaded where there is no blog.
    from core.blog.deliver import deliver

    force = events.flag(step.event, "force")
    days = events.days_between(first, last) if force else ()
    months = dates.months_until(last, first)
    report = deliver(days, RunRequest((), step.now), step.ports, step.ports.blog, months)
    if report.error:
        raise report.error
    told = reports.blog_as_json(report)
    return {key: told[key] for key in ("status", "commit", "url")}


def _rebuild(step: Step) -> Answer:
    """Make a month again from its raw payloads, and what follows from it."""
    first = _month(step, "month")
    made = list(backfill.bring_from_payloads(first, step.now, step.ports))
    for report in made:
        log_edition(report)
    publish_months([first], step.now, step.ports)
    _check(made, step.now)
    changed = sum(report.status == Status.PUBLISHED for report in made)
    return {"month": f"{first:%Y-%m}", "editions": len(made), "changed": changed}


def _range(step: Step) -> tuple[date, date]:
    """Return the days that an event's range begins and ends with."""
    first = events.day(step.event.get("from"), "from")
    last = events.day(step.event["to"], "to") if "to" in step.event else step.today
    events.check_range(first, last, step.today)
    return first, last


def _month(step: Step, key: str) -> date:
    first = events.month(step.event.get(key), key)
    if not dates.first_of_month(dates.FIRST_DAY) <= first <= step.today:
        raise InvalidEvent(f"{key} asks for {first:%Y-%m}, when there are no Daily Papers")
    return first


def _number(step: Step, key: str, default: int, allowed: range) -> int:
    value = step.event.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
        limits = f"{allowed[0]} to {allowed[-1]}"
        raise InvalidEvent(f"{key} must be {limits}, not {shown(value)}")
    return value


def _check(made: list[EditionReport], now: datetime) -> None:
    """Raise the first failure's own class, with what became of all days."""
    if failure := reports.failure(RunReport(now, dry_run=False, editions=tuple(made))):
        raise failure


ACTIONS: Mapping[str, tuple[Callable[[Step], Answer], tuple[str, ...]]] = {
    "plan": (_plan, ("from", "to", "force", "concurrency")),
    "edition": (_edition, ("date", "force", "pace")),
    "catalog": (_catalog, ("from", "to")),
    "commit": (_commit, ("from", "to", "force")),
    "rebuild": (_rebuild, ("month",)),
}
