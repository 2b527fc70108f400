"""What is uploaded: files, and bytes before and after zipping."""

import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from bench.contenders import PACKAGE, Contender
from bench.tables import MEGABYTE, Table


def table(contenders: Sequence[Contender]) -> Table:
    """Return the sizes of Paperboy's package as it was built, and of the others."""
    paperboy, *others = contenders
    packages = [(paperboy.title, PACKAGE), *((other.title, other.directory) for other in others)]
    rows = [[title, *_sizes(directory)] for title, directory in packages]
    return Table(["", "files", "unzipped, MB", "zipped, MB"], rows)


def _sizes(directory: Path) -> list[str]:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    unzipped = sum(file.stat().st_size for file in files)
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.relative_to(directory))
        zipped = packed.tell()
    return [str(len(files)), f"{unzipped * MEGABYTE:.1f}", f"{zipped * MEGABYTE:.1f}"]
