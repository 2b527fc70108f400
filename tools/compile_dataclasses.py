"""Write down the methods that `dataclasses` makes in a cold start, to be compiled before.

Run as `python compile_dataclasses.py PACKAGE`, with the package on `PYTHONPATH`, by the Python that
runs the package: each version makes them in its own way. See `handler.cold_start`.
"""

import dataclasses
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from handler.cold_start import MAKER, name_of

COMPILED = "compiled_dataclasses.py"
# What a daily run imports, with or without a blog, and these import the rest.
ENTRANCES = (
    *("handler.app", "adapters.huggingface", "adapters.aws", "adapters.s3"),
    *("core.render.feeds", "core.render.markdown", "core.render.site"),
    *("core.blog", "adapters.github"),
)


def texts_of(modules: tuple[str, ...]) -> dict[str, str]:
    """Return the texts that dataclasses are made with as these are imported, by their names."""
    texts = {}

    def remember(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        texts[name_of(text)] = text
        exec(text, names, made)  # noqa: S102 (as `dataclasses` does)

    vars(dataclasses)["exec"] = remember
    for module in modules:
        import_module(module)
    return texts


def write(package: Path) -> None:
    """Write the module of the package that has these texts as functions."""
    parts = [
        text.replace(f"def {MAKER}(", f"def {name}(", 1)
        for name, text in texts_of(ENTRANCES).items()
    ]
    (package / COMPILED).write_text("\n".join([f'"""See {Path(__file__).name}."""', *parts, ""]))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
