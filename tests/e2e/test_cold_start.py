"""What a cold start of the package loads and makes: counts, as times are for `make bench`."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e import world
from tests.support import loaded, rie, sample
from tests.support.servers import replay_huggingface, s3_server

rie.need_package()

EVENT = {"date": "2025-12-24", "scheduled_time": "2025-12-24T14:00:00Z"}

# What importing the handler loads beside Lambda's own start-up: a bit more than it did at last.
MOST_MODULES = 135
# What only compiles templates, reads words, or helps with what nobody asks for.
NEVER = {
    *("boto3", "requests", "jmespath", "typing_extensions", "tomllib", "html"),
    *("bz2", "lzma", "pickle", "shutil", "tempfile", "zipfile"),
}
COUNT_MODULES = """
import sys
import awslambdaric.__main__, awslambdaric.bootstrap
before = set(sys.modules)
sys.path.insert(0, "")
import handler.app
print(len(set(sys.modules) - before))
"""
HEARING = """
import sys
texts = []
def hear(event, arguments):
    if event == "compile" and isinstance(arguments[0], bytes):
        texts.append(arguments[0].decode())
sys.addaudithook(hear)
"""
IMPORT_ALL = """
from importlib import import_module
from pathlib import Path
import sys
for library in sys.argv[1:]:
    for path in sorted(Path(library).rglob("*.py")):
        name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        import_module(name)
        print(name)
"""


@pytest.fixture(name="settings")
def served_settings() -> Iterator[dict[str, str]]:
    """Return the settings of a run that asks a source and S3."""
    days = {EVENT["date"]: sample.PAYLOAD.read_bytes()}
    with replay_huggingface(days) as source, s3_server(world.BUCKET) as s3:
        yield {**world.variables(source, s3), "PAPERBOY_TIME_ZONE": "America/New_York"}


def test_importing_the_handler_loads_few_modules() -> None:
    count = int(rie.script(COUNT_MODULES))
    assert count <= MOST_MODULES, (
        "see by `python -X importtime` what is new, and import it where it is needed; if every run"
        " needs it, raise MOST_MODULES"
    )
    assert count > MOST_MODULES - 15, "well done: lower MOST_MODULES, so that it stays so"


def test_a_run_loads_nothing_that_it_does_not_use(settings: dict[str, str]) -> None:
    for status in ("published", "unchanged"):
        report, modules = loaded.run(rie.PYTHON, rie.PACKAGE, settings, EVENT)
        editions = report["editions"]
        assert isinstance(editions, list)
        assert [edition["status"] for edition in editions] == [status]
        assert modules & NEVER == set()


def test_no_template_is_compiled_in_a_run(settings: dict[str, str]) -> None:
    script = HEARING + loaded.SCRIPT + "print(json.dumps(texts), file=answers)"
    *_, texts = rie.script(script, json.dumps(EVENT), **settings).splitlines()
    assert [text for text in json.loads(texts) if "root(" in text] == []


@pytest.mark.parametrize("library", ["jinja2", "aws_lambda_powertools"])
def test_what_was_left_of_a_library_is_whole(library: str) -> None:
    """No module that stayed needs one that is gone."""
    assert len(rie.script(IMPORT_ALL, library).splitlines()) > 10


def test_the_libraries_are_as_small_as_they_were() -> None:
    sizes = {
        library: sum(path.stat().st_size for path in (rie.PACKAGE / library).rglob("*.py"))
        for library in ("jinja2", "aws_lambda_powertools")
    }
    assert max(sizes.values()) < 400_000, sizes
