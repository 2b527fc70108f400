"""What the benchmark measures: a fresh process that handles one event, or runs one command.

`drive.py event MODULE JSON` imports the module and calls its `lambda_handler`; `drive.py command
ARGUMENTS …` runs `paperboy`. The last line of output is the peak memory in bytes.
"""

import os
import sys


class Context:
    """What a handler asks of Lambda's context."""

    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    aws_request_id = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Return the template's timeout."""
        return 300_000


def main(kind: str, *arguments: str) -> int:
    """Do one of the two, and return the exit code."""
    if kind == "command":
        from handler.cli.main import main as paperboy

        return paperboy(arguments)
    import json
    from importlib import import_module

    module, event = arguments
    import_module(module).lambda_handler(json.loads(event), Context())
    return 0


def peak() -> int:
    """Return the peak memory of this process in bytes; where the system does not tell, 0."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 (no import)
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))
    except OSError:
        return 0


if __name__ == "__main__":
    # As Lambda does: the package is found in the working directory, from here on.
    sys.path[0] = os.getcwd()  # noqa: PTH109 (no import)
    status = main(*sys.argv[1:])
    print(f"\n{peak()}", flush=True)
    # Lambda freezes a process and does not take it apart: that is not a run's cost.
    os._exit(status)
