"""A cold start: a fresh process of Lambda's own start-up code, and one invocation.

The process asks our Runtime API for its event, and answers it; then it is ended, as Lambda freezes
it. Its wall time is until the answer, its CPU time until it was ended, which is at once.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import days, machine
from bench.contenders import Contender
from bench.machine import Cost, Started
from bench.servers import Blog, Outcome, Servers

EVENT: Mapping[str, object] = {"date": days.DAY}
# The day before has the same papers here, which else are not published again.
EVENT_BEFORE: Mapping[str, object] = {"date": days.DAY_BEFORE, "force": True}
RUNTIME = days.ROOT / "build" / "lambda-runtime"
MODULE = ("-m", "awslambdaric")
LOOK_SECONDS, PATIENCE = 0.5, 240


@dataclass(frozen=True, slots=True)
class Start:
    """How to start contenders: on which Python, against which servers.

    `options` go to the Python, `module` is what it runs; `before` is what the command begins with.
    """

    python: str
    at: Servers
    log: Path
    options: Sequence[str] = ()
    module: Sequence[str] = MODULE
    before: Sequence[str] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    def run(
        self,
        contender: Contender,
        prefix: str,
        event: Mapping[str, object] = EVENT,
        blog: Blog | None = None,
    ) -> Cost:
        """Start a contender and let it answer the event; return what its process cost."""
        self.at.expect(event)
        settings = contender.environment(self.at, prefix) | (blog.environment() if blog else {})
        with machine.started(
            [*self.before, self.python, *self.options, *self.module, contender.handler],
            contender.directory,
            {**settings, **self.extra, "PYTHONPATH": os.pathsep.join(self._paths())},
            self.log,
        ) as process:
            outcome = self._outcome(process)
            peak = machine.peak(process)
            process.process.kill()
            cost = machine.ended(process)
        return replace(cost, wall=outcome.at - process.at, peak=peak or cost.peak)

    def _paths(self) -> Sequence[str]:
        """Return where the start-up code lies, as Lambda tells it by the same variable."""
        return [str(runtime(self.python)), *filter(None, [self.extra.get("PYTHONPATH")])]

    def _outcome(self, process: Started) -> Outcome:
        for _ in range(PATIENCE):
            ended = machine.has_ended(process)
            outcome = self.at.outcome(LOOK_SECONDS)
            if outcome and outcome.error is None:
                return outcome
            if outcome or ended:
                break
        log = self.log.read_text("utf-8", "replace")
        raise RuntimeError(f"{process.process.args!r} failed: {outcome}\n{log}")


def runtime(python: str) -> Path:
    """Return the directory that has awslambdaric for a Python. Raises `FileNotFoundError`."""
    version = machine.feature_version(python)
    found = RUNTIME / "lib" / f"python{version}" / "site-packages"
    if not (found / "awslambdaric").is_dir():
        raise FileNotFoundError(
            f"awslambdaric for Python {version} is missing: run `make build/lambda-runtime/"
            "runtime.stamp`, and bench with --python and the function's Python"
        )
    return found
