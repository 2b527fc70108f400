"""Update the posts that a repaired day already has: names, URLs and front matter."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from core.legacy import front_matter
from core.legacy.entry_fixes import Defect
from core.legacy.front_matter import FrontMatter
from core.model import keys
from core.model.blog import BlogFile
from core.model.errors import RenderError

# Chirpy's permalink is /posts/:title/, and :title is the file's name without its date.
POST_NAME = re.compile(r"_posts/(?:.*/)?\d{4}-\d\d-\d\d-(?P<title>.+)\.\w+")
SHARED_TITLE = "daily-papers"
SHARED_URL = f"/posts/{SHARED_TITLE}/"


@dataclass(frozen=True, slots=True)
class UpdatedPosts:
    """All posts of a day after the update, and the defects that they had."""

    posts: tuple[BlogFile, ...]
    defects: tuple[Defect, ...]


def update_posts(
    day: date,
    posts: Sequence[BlogFile],
    new_post: bytes,
    *,
    redirect: bool,
    repeats: Sequence[BlogFile] = (),
) -> UpdatedPosts:
    """Return the posts of a day with the body of `new_post` and corrected front matter.

    Only wrong lines of their front matter change. With `redirect` the posts become one, under the
    name that new posts have, and their URLs redirect there, as do those of `repeats`: posts of
    other days that are removed because they only repeat this one.
    """
    head, body = _parts(new_post)
    place = keys.blog_post(day)
    defects: list[Defect] = []
    if not posts:
        posts = [BlogFile(place, _with_own_url(head, day, place).encode() + body)]
        defects.append(Defect.POST_MISSING)
    if redirect and (repeats or [post.path for post in posts] != [place]):
        posts = [_moved(day, posts, repeats, head)]
        defects.append(Defect.MOVED)
    updated = []
    for post in posts:
        old = _head(post)
        right = _corrected(old or head, head, day, post.path)
        defects += _differences(old, right)
        updated.append(BlogFile(post.path, right.encode() + body))
    return UpdatedPosts(tuple(updated), tuple(defects))


def _parts(post: bytes) -> tuple[FrontMatter, bytes]:
    found = front_matter.split(post)
    if found is None:
        raise RenderError("the rendered post has no front matter")
    return front_matter.parse(found[0]), found[1]


def _head(post: BlogFile) -> FrontMatter | None:
    """Return the front matter of a stored post, None if it has no complete front matter."""
    found = front_matter.split(post.body or b"")
    return front_matter.parse(found[0]) if found else None


def _corrected(old: FrontMatter, new: FrontMatter, day: date, path: str) -> FrontMatter:
    """Return front matter with the date, the permalink and the math that it should have."""
    right = old.put("date", new.value("date") or str(day), after=("permalink", "title"))
    if new.value("math"):
        right = right.put("math", "true")
    return _with_own_url(right, day, path)


def _with_own_url(head: FrontMatter, day: date, path: str) -> FrontMatter:
    """Return front matter with a permalink, if the post would share its URL with other days."""
    if _url(head, path) != SHARED_URL:
        return head
    return head.put("permalink", f"/posts/{SHARED_TITLE}-{day}/", after=("title",))


def _differences(old: FrontMatter | None, right: FrontMatter) -> Iterator[Defect]:
    """Yield what was wrong with front matter that was corrected."""
    if old is None:
        yield Defect.FRONT_MATTER
        return
    kinds = {"date": Defect.DATE, "math": Defect.MATH, "permalink": Defect.URL}
    for key, defect in kinds.items():
        if old.value(key) != right.value(key):
            yield defect


def _url(head: FrontMatter, path: str) -> str:
    """Return the address of a post on the site."""
    permalink = _plain(head.value("permalink") or "")
    name = POST_NAME.fullmatch(path)
    return permalink or (f"/posts/{name['title']}/" if name else SHARED_URL)


def _plain(value: str) -> str:
    """Return a one-line YAML text without its quotes."""
    quoted = re.fullmatch(r"""(["'])(.*)\1""", value)
    return quoted[2] if quoted else value


def _moved(
    day: date, posts: Sequence[BlogFile], repeats: Sequence[BlogFile], new: FrontMatter
) -> BlogFile:
    """Return the posts as one under its new name, with redirects from their and others' URLs."""
    place = keys.blog_post(day)
    first = next((post for post in posts if post.path == place), posts[0])
    head = _head(first) or new
    url = f"/posts/{SHARED_TITLE}-{day}/"
    old_posts = [*posts, *repeats]
    urls = [address for post in old_posts for address in _addresses(_head(post) or new, post.path)]
    old = [address for address in dict.fromkeys(urls) if address not in (url, SHARED_URL)]
    head = head.put("permalink", url, after=("title",))
    if old:
        head = head.put("redirect_from", json.dumps(old, ensure_ascii=False))
    return BlogFile(place, head.encode())


def _addresses(head: FrontMatter, path: str) -> Iterator[str]:
    """Yield the URLs of a post: its own, and those that redirect to it."""
    yield _url(head, path)
    listed = head.value("redirect_from") or ""
    for item in re.split(r"\n\s*-\s|[\[\],]", f"\n{listed}"):
        address = _plain(item.strip().removeprefix("- "))
        if address:
            yield address
