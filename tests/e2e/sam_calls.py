"""Run SAM, and print its calls to AWS; test_github_roles.py runs this with SAM's Python.

Each argument is a word of SAM's command line. The last line of the output is a JSON list of calls:
service, operation, and the parameters that are texts.
"""

import importlib
import json
import sys
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient


def main() -> None:
    """Run SAM with the arguments, and raise what it raises."""
    calls: list[tuple[str, str, dict[str, str]]] = []
    send = BaseClient._make_api_call  # type: ignore[attr-defined]

    def keep(client: BaseClient, operation: str, parameters: dict[str, Any]) -> object:
        texts = {name: value for name, value in parameters.items() if isinstance(value, str)}
        calls.append((client.meta.service_model.service_name, operation, texts))
        return send(client, operation, parameters)

    # By name: SAM is not in the environment of the tests, and brings no types.
    cli = importlib.import_module("samcli.cli.main").cli
    with (
        # It would look for a newer version on the internet.
        patch("samcli.lib.utils.version_checker._inform_newer_version"),
        patch.object(BaseClient, "_make_api_call", keep),
    ):
        cli.main(sys.argv[1:], standalone_mode=False)
    sys.stdout.write("\n" + json.dumps(calls) + "\n")


if __name__ == "__main__":
    main()
