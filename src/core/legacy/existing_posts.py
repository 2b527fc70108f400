"""The posts that a repaired day already has: their names, their URLs and their front matter."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from core.legacy import frontmatter
from core.legacy.entry_fixes import Defect
from core.legacy.frontmatter import FrontMatter
from core.model import keys
from core.model.blog import BlogFile
from core.model.errors import RenderError

# Chirpy's permalink is /posts/:title/, and :title is the file's name without its date.
POST_NAME = re.compile(r"_posts/(?:.*/)?\d{4}-\d\d-\d\d-(?P<title>.+)\.\w+")
SHARED_TITLE = "daily-papers"
SHARED_URL = f"/posts/{SHARED_TITLE}/"


@dataclass(frozen=True, slots=True)
class Renewed:
    """A day's posts, rendered again: all that there are then, and what was wrong with them."""

    posts: tuple[BlogFile, ...]
    defects: tuple[Defect, ...]


def renew(day: date, posts: Sequence[BlogFile], fresh: bytes, *, redirect: bool) -> Renewed:
    """Return the posts of a day with the body of a fresh one, and with front matter that is right.

    What is right in their front matter stays as it is. With `redirect` they become one post under
    the name that new posts have, and their URLs lead there.
    """
    head, body = _parts(fresh)
    place = keys.blog_post(day)
    if not posts:
        new = _unshared(head, day, place)
        return Renewed((BlogFile(place, new.encode() + body),), (Defect.POST_MISSING,))
    if redirect and [post.path for post in posts] != [place]:
        posts, defects = [_moved(day, posts, head)], [Defect.MOVED]
    else:
        defects = []
    renewed = []
    for post in posts:
        old = _head(post)
        right = _corrected(old or head, head, day, post.path)
        defects += _wrong(old, right)
        renewed.append(BlogFile(post.path, right.encode() + body))
    return Renewed(tuple(renewed), tuple(defects))


def _parts(post: bytes) -> tuple[FrontMatter, bytes]:
    found = frontmatter.split(post)
    if found is None:
        raise RenderError("the rendered post has no front matter")
    return frontmatter.parse(found[0]), found[1]


def _head(post: BlogFile) -> FrontMatter | None:
    """Return the front matter of a stored post, if it has any that can be told from its body."""
    found = frontmatter.split(post.body or b"")
    return frontmatter.parse(found[0]) if found else None


def _corrected(old: FrontMatter, fresh: FrontMatter, day: date, path: str) -> FrontMatter:
    """Return front matter with the date, the permalink and the math that it should have."""
    right = old.put("date", fresh.value("date") or str(day), after=("permalink", "title"))
    if fresh.value("math"):
        right = right.put("math", "true")
    return _unshared(right, day, path)


def _unshared(head: FrontMatter, day: date, path: str) -> FrontMatter:
    """Return front matter with a permalink of its own, where the file's name gives it none."""
    if _url(head, path) != SHARED_URL:
        return head
    return head.put("permalink", f"/posts/{SHARED_TITLE}-{day}/", after=("title",))


def _wrong(old: FrontMatter | None, right: FrontMatter) -> Iterator[Defect]:
    """Name what was wrong with front matter that was corrected."""
    if old is None:
        yield Defect.FRONT_MATTER
        return
    kinds = {"date": Defect.DATE, "math": Defect.MATH, "permalink": Defect.URL}
    for key, defect in kinds.items():
        if old.value(key) != right.value(key):
            yield defect


def _url(head: FrontMatter, path: str) -> str:
    """Return where a post is on the site."""
    permalink = _plain(head.value("permalink") or "")
    name = POST_NAME.fullmatch(path)
    return permalink or (f"/posts/{name['title']}/" if name else SHARED_URL)


def _plain(value: str) -> str:
    """Return a one-line YAML text without its quotes."""
    quoted = re.fullmatch(r"""(["'])(.*)\1""", value)
    return quoted[2] if quoted else value


def _moved(day: date, posts: Sequence[BlogFile], fresh: FrontMatter) -> BlogFile:
    """Return the posts as one under its new name; its front matter says where they were."""
    place = keys.blog_post(day)
    first = next((post for post in posts if post.path == place), posts[0])
    head = _head(first) or fresh
    url = f"/posts/{SHARED_TITLE}-{day}/"
    urls = [address for post in posts for address in _addresses(_head(post) or fresh, post.path)]
    old = [address for address in dict.fromkeys(urls) if address not in (url, SHARED_URL)]
    head = head.put("permalink", url, after=("title",))
    if old:
        head = head.put("redirect_from", json.dumps(old, ensure_ascii=False))
    return BlogFile(place, head.encode())


def _addresses(head: FrontMatter, path: str) -> Iterator[str]:
    """Yield the URLs of a post: its own, and those that lead to it."""
    yield _url(head, path)
    listed = head.value("redirect_from") or ""
    for item in re.split(r"\n\s*-\s|[\[\],]", f"\n{listed}"):
        address = _plain(item.strip().removeprefix("- "))
        if address:
            yield address
