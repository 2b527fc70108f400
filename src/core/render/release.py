"""The release: a digest of all that derived objects are rendered from, except the editions."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from core import VERSION
from core.model.style import PostStyle, SiteStyle


def release(
    directory: Path, posts: PostStyle, site: SiteStyle, site_url: str, schemas: Mapping[str, bytes]
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
