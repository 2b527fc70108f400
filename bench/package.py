"""What is uploaded: files, and bytes before and after zipping."""

import tempfile
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bench.contenders import PACKAGE, Contender
from bench.tables import MEGABYTE, Table


def table(contenders: Sequence[Contender]) -> Table:
    """Return the sizes of Paperboy's package as it was built, and of the others."""
    paperboy, *others = contenders
    packages = [(paperboy.title, PACKAGE), *((other.title, other.directory) for other in others)]
    rows = [[title, *_sizes(directory)] for title, directory in packages]
    return Table(["", "files", "unzipped, MB", "zipped, MB"], rows)


@cache
def zipped(directory: Path) -> int:
    """Return the bytes of a directory's files in a zip file."""
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in _files(directory):
                archive.write(file, file.relative_to(directory))
        return packed.tell()


def _sizes(directory: Path) -> list[str]:
    files = _files(directory)
    unzipped = sum(file.stat().st_size for file in files) * MEGABYTE
    return [str(len(files)), f"{unzipped:.1f}", f"{zipped(directory) * MEGABYTE:.1f}"]


def _files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())
