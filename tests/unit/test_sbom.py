"""The bill of materials names all that is packaged, and is one by CycloneDX's own schema.

`make sbom` makes it, in an environment of its own. Source: https://cyclonedx.org/docs/1.6/json/
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from tests.support.recorded import REPOSITORY

LOCK = REPOSITORY / "requirements" / "lambda.txt"
SBOM = REPOSITORY / "build" / "sbom.json"
SCHEMAS = "lib/python3*/site-packages/cyclonedx/schema/_res"
# A requirement, and what it may be locked for only; a hash a line follows.
LOCKED = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)(?: *;[^\\]*)?((?: *\\\n *--hash=\S+)+)", re.M
)
SHA256 = re.compile(r"--hash=sha256:([0-9a-f]{64})")

Json = dict[str, Any]


def locked(text: str) -> dict[str, tuple[str, set[str]]]:
    """Return the version and hashes of each package that a lock names."""
    found = LOCKED.findall(text)
    return {name: (version, set(SHA256.findall(hashes))) for name, version, hashes in found}


def listed(sbom: Json) -> dict[str, tuple[str, set[str]]]:
    """Return the same of a bill of materials."""
    return {part["name"]: (part["version"], set(_hashes(part))) for part in sbom["components"]}


def _hashes(part: Json) -> Iterator[str]:
    for reference in part["externalReferences"]:
        yield from (one["content"] for one in reference.get("hashes", ()))


@pytest.fixture(scope="module")
def sbom() -> Json:
    """Return what `make sbom` made of the lock as it is now."""
    if not SBOM.exists() or SBOM.stat().st_mtime < LOCK.stat().st_mtime:
        problem = "the bill of materials is not there, or older than the lock: run `make sbom`"
        pytest.fail(problem) if os.environ.get("CI") == "true" else pytest.skip(problem)
    read: Json = json.loads(SBOM.read_bytes())
    return read


def schema(name: str) -> Json:
    """Return one of the schemas that come with the tool."""
    (directory,) = (REPOSITORY / ".venv-sbom").glob(SCHEMAS)
    read: Json = json.loads(Path(directory, f"{name}.SNAPSHOT.schema.json").read_bytes())
    return read


def validator() -> jsonschema.Draft7Validator:
    main = schema("bom-1.6")
    base = main["$id"].rpartition("/")[0]
    names = ("spdx", "jsf-0.82")
    others = [(f"{base}/{name}.SNAPSHOT.schema.json", schema(name)) for name in names]
    resources = [(url, Resource.from_contents(one)) for url, one in others]
    registry: Registry[Any] = Registry().with_resources(resources)
    return jsonschema.Draft7Validator(main, registry=registry)


def test_every_package_of_the_lock_is_in_it_with_its_hashes(sbom: Json) -> None:
    packages = locked(LOCK.read_text("utf-8"))
    assert len(packages) == len(re.findall("==", LOCK.read_text("utf-8")))
    assert listed(sbom) == packages
    for part in sbom["components"]:
        assert part["purl"].startswith(f"pkg:pypi/{part['name']}@{part['version']}")


def test_it_is_about_paperboy_and_always_the_same(sbom: Json) -> None:
    about = sbom["metadata"]["component"]
    assert (about["name"], about["type"]) == ("paperboy", "application")
    # No time and no random number: the same lock makes the same bytes.
    assert sbom.keys().isdisjoint({"serialNumber"})
    assert "timestamp" not in sbom["metadata"]


def test_it_is_valid(sbom: Json) -> None:
    assert list(validator().iter_errors(sbom)) == []
