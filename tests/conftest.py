"""What all tests share: no test sees the machine's own AWS account or Paperboy settings.

Nor does one see the repository's `paperboy.toml`, which users may edit.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from adapters.aws_clients import forget_clients
from core.model import redaction
from handler import bootstrap, configuration
from tests.support import sample

# How fast examples are depends on the machine, and on what Hypothesis has cached: a fresh checkout
# has nothing.
settings.register_profile("paperboy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("paperboy")

DEFAULT_FILE = configuration.default_file


@pytest.fixture
def default_file() -> Callable[[], Path]:
    """Return the function that `_no_configuration` replaces."""
    return DEFAULT_FILE


@pytest.fixture(autouse=True, scope="session")
def _no_configuration() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(configuration, "default_file", lambda: Path(sample.EMPTY_CONFIGURATION))
        yield


# As in the template. Powertools reads them when `handler.observability` is imported.
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME": "paperboy", "POWERTOOLS_METRICS_NAMESPACE": "Paperboy"}
os.environ.update(POWERTOOLS)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("AWS_", "PAPERBOY_", "POWERTOOLS_")) and name not in POWERTOOLS:
            monkeypatch.delenv(name)
    # For processes that a test starts.
    monkeypatch.setenv("PAPERBOY_CONFIG", sample.EMPTY_CONFIGURATION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    # A client keeps the address that it was made with. All tests have the same account; one with
    # another says `forget_clients(account=True)`, before and after.
    forget_clients()
    # A process has one quota, which the requests of all tests would use up.
    bootstrap.quota.cache_clear()


@pytest.fixture(autouse=True)
def _no_known_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", frozenset())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print one line for each reason for which tests were skipped."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in reports)
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} skipped: {reason}")
