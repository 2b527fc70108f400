"""Whether an archive was made otherwise: with other settings, or by another release."""

from collections.abc import Iterable

from core import layout
from core.errors import SettingsError
from core.ports import Ports
from core.render import json
from core.seen import Read, body_of, readable

REMEDY = (
    "the archive was made with other settings or by another release: set the PAPERBOY_… variables"
    " as there, or bring all of it to these with `paperboy site`"
)


def check(ports: Ports, what: str) -> None:
    """Raise `SettingsError`, which says `what` is left, for an archive that was made otherwise."""

    def read(key: str) -> bytes | None:
        return body_of(ports.store.get(key))

    if are_posts_foreign(ports, read) or is_site_foreign(ports, read):
        raise SettingsError(f"{what}, as {REMEDY}")


def are_posts_foreign(ports: Ports, read: Read) -> bool:
    """Tell whether posts are made otherwise: no post of the newest edition is as here."""
    newest = readable(read(layout.LATEST_JSON), json.read)
    if newest is None or not newest.papers:
        return False
    keys = layout.edition_json(newest.day), layout.LATEST_JSON
    editions = (readable(read(key), json.read) for key in keys)
    ours = [ports.renderer().post(one) for one in editions if one and one.papers]
    return _differs((layout.LATEST_POST, layout.edition_post(newest.day)), ours, read)


def is_site_foreign(ports: Ports, read: Read) -> bool:
    """Tell whether pages are made otherwise: no fixed page is as here."""
    fixed = ports.site().fixed()
    keys = [key for key in (layout.ABOUT_PAGE, layout.SEARCH_PAGE) if key in fixed]
    return _differs(keys, [fixed[key] for key in keys], read)


def _differs(keys: Iterable[str], ours: Iterable[bytes], read: Read) -> bool:
    bodies = {body for key in keys if (body := read(key))}
    return bool(bodies) and bodies.isdisjoint(ours)
