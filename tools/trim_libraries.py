"""Leave out of a package what its libraries bring, and Paperboy does not use.

Run as `python trim_libraries.py PACKAGE`, when the templates are compiled. It takes 7 MB away, and
of a cold start of 225 ms of CPU 11 for Jinja2, 11 for Powertools, and 7 for urllib3. What runs
from source has all of them whole.
"""

import shutil
import sys
from pathlib import Path

# What stays of a directory.
KEPT = {
    "aws_lambda_powertools": {
        *("__init__.py", "exceptions", "logging", "metrics", "shared", "utilities", "warnings"),
    },
    "aws_lambda_powertools/metrics/provider": {
        *("__init__.py", "base.py", "cloudwatch_emf", "cold_start.py"),
    },
    "aws_lambda_powertools/utilities": {"__init__.py", "jmespath_utils"},
    "jinja2": {
        *("__init__.py", "async_utils.py", "compiler.py", "debug.py", "defaults.py"),
        *("environment.py", "exceptions.py", "filters.py", "lexer.py", "nodes.py", "parser.py"),
        *("runtime.py", "tests.py", "utils.py"),
    },
    "urllib3/http2": {"__init__.py", "probe.py"},
}
# What is imported, with the names that it is imported for, and never used: the packages themselves,
# as each name is imported from the module that has it; what picks an id out of an event; what
# compiles a template; and what turns HTTP/2 on.
UNUSED = {
    "aws_lambda_powertools/__init__.py": (),
    "aws_lambda_powertools/utilities/jmespath_utils/__init__.py": (),
    "jinja2/__init__.py": (),
    "jinja2/compiler.py": ("CodeGenerator", "generate"),
    "jinja2/lexer.py": ("Lexer", "TokenStream", "get_lexer"),
    "jinja2/parser.py": ("Parser",),
    "urllib3/http2/__init__.py": (),
}
NOTE = '"""Left out of this package: see tools/trim_libraries.py of Paperboy."""\n'


def trim(package: Path) -> None:
    """Trim the libraries in a package."""
    for directory, kept in KEPT.items():
        for path in (package / directory).iterdir():
            if path.is_dir() and path.name not in kept:
                shutil.rmtree(path)
            elif path.name not in kept:
                path.unlink()
    for module, names in UNUSED.items():
        (package / module).write_text(NOTE + "".join(f"{name} = None\n" for name in names))


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
