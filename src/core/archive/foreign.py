"""Whether an archive was made otherwise: with other settings, or by another release."""

from collections.abc import Iterable

from core.archive.seen import Read, body_of, readable
from core.model import keys
from core.model.errors import SettingsError
from core.model.ports import Ports
from core.render import json

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
    newest = readable(read(keys.LATEST_JSON), json.read)
    if newest is None or not newest.papers:
        return False
    names = keys.edition_json(newest.day), keys.LATEST_JSON
    editions = (readable(read(key), json.read) for key in names)
    ours = [ports.renderer().post(one) for one in editions if one and one.papers]
    return _differs((keys.LATEST_POST, keys.edition_post(newest.day)), ours, read)


def is_site_foreign(ports: Ports, read: Read) -> bool:
    """Tell whether pages are made otherwise: no fixed page is as here."""
    fixed = ports.site().fixed()
    names = [key for key in (keys.ABOUT_PAGE, keys.SEARCH_PAGE) if key in fixed]
    return _differs(names, [fixed[key] for key in names], read)


def _differs(names: Iterable[str], ours: Iterable[bytes], read: Read) -> bool:
    bodies = {body for key in names if (body := read(key))}
    return bool(bodies) and bodies.isdisjoint(ours)
