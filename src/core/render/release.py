"""The release: a digest of all that derived objects are rendered from, except the editions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from core import VERSION
from core.model.style import PostStyle, SiteStyle

if TYPE_CHECKING:
    from core.model.topic import Topic


def release(
    directory: Path,
    posts: PostStyle,
    site: SiteStyle,
    site_url: str,
    schemas: Mapping[str, bytes],
    topics: "Sequence[Topic]" = (),
) -> str:
    """Return the digest of templates, locales, static files, schemas, configuration and version.

    `directory` holds the templates, locales and static files; `schemas` are published as they are,
    by their keys. Derived objects of another release are rendered again.
    """
    configuration = {
        "version": VERSION,
        "site_url": site_url,
        "posts": asdict(posts),
        "site": asdict(site),
        "topics": [asdict(topic) for topic in topics],
    }
    files = {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }
    digest = sha256(json.dumps(configuration, sort_keys=True).encode())
    for name, body in sorted({**files, **schemas}.items()):
        digest.update(f"\n{name} {sha256(body).hexdigest()}".encode())
    return digest.hexdigest()
