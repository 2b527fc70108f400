"""Which modules a run of the handler loads: in a process of its own, as each cold start is."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

# Ours that a run has for its blog alone.
BLOG_MODULES = {
    *("core.blog.deliver", "core.blog.commits"),
    *("adapters.github", "adapters.github_protocol", "adapters.secrets"),
}
OURS = ("adapters", "core", "handler")
SECONDS = 60

SCRIPT = """
import json, os, sys
from handler.app import lambda_handler

class Context:
    function_name = function_version = invoked_function_arn = aws_request_id = "test"
    memory_limit_in_mb = 512

    def get_remaining_time_in_millis(self):
        return 60_000

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
report = lambda_handler(json.loads(sys.argv[1]), Context())
print(json.dumps([report, sorted(sys.modules)]), file=answers)
"""


def run(
    python: Path, root: Path, settings: Mapping[str, str], event: object
) -> tuple[dict[str, object], set[str]]:
    """Run the handler below `root` once; return its report, and the modules that it loaded.

    Of our own modules all are named, of others those at the top.
    """
    done = subprocess.run(
        [str(python), "-B", "-c", SCRIPT, json.dumps(event)],
        cwd=root,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report, modules = json.loads(done.stdout)
    return report, {name if name.startswith(OURS) else name.split(".")[0] for name in modules}
