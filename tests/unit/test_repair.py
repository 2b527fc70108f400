"""A repaired day of a blog: what changes, why, and what stays; and its month."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.legacy import crawler, front_matter
from core.legacy.entry_fixes import Defect
from core.legacy.repair import BlogDay, RepairedDay, Repairer, month_posts
from core.model.blog import BlogFile
from core.model.paper import Edition, Organization, Paper
from core.render import blog_data
from core.render.blog_data import StoredDay, StoredPaper
from tests.support import stranger
from tests.support.archive import POSTS, RENDERER, repair
from tests.support.papers import NOW, paper

WEDNESDAY, THURSDAY, NEW_YEAR = date(2025, 12, 24), date(2025, 12, 25), date(2026, 1, 1)
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2025, 12, 26) + timedelta(days=n) for n in range(4))
HEAD = "title: T\ndate: 2025-12-24 09:15:00 +0900\nauthor: a\n"
SUFFIXED = "_posts/2025-12-24-daily-papers-1766580555.md"
PLAIN = "_posts/2025-12-24-daily-papers.md"


def entry(number: int = 1, /, **changes: object) -> StoredPaper:
    """Return a stored entry with nothing wrong."""
    paper_id = f"2512.{number:05}"
    whole = StoredPaper(
        id=paper_id,
        url=f"https://huggingface.co/papers/{paper_id}",
        title=f"Paper {number}",
        votes=number,
        institution="The Lab",
        abstract=f"What paper {number} says.",
        abstract_page=f"https://arxiv.org/abs/{paper_id}",
        code="https://github.com/lab/code",
        tags=("one", "two"),
        published="2025-12-23T00:00:00.000Z",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def ten(*first: StoredPaper) -> tuple[StoredPaper, ...]:
    """Return as many entries as no post is thin with, these first."""
    return (*first, *(entry(n) for n in range(90, 100 - len(first))))


def a_day(
    *papers: StoredPaper, on: date = WEDNESDAY, path: str = SUFFIXED, head: str = HEAD
) -> BlogDay:
    """Return a day with its data and a post that is empty but for its front matter."""
    stored = StoredDay(on, NOW, papers or ten())
    post = BlogFile(path.replace("2025-12-24", str(on)), f"---\n{head}---\nold\n".encode())
    return BlogDay(on, f"_data/papers/daily-{on}.json", blog_data.render(stored), (post,))


def repaired(
    day: BlogDay,
    *others: BlogDay,
    editions: Sequence[Edition] = (),
    votes_current: bool = False,
    redirect: bool = False,
) -> RepairedDay:
    days = [crawler.read(d.data, d.day, d.data_path) for d in (day, *others)]
    api = {edition.day: edition for edition in editions}
    old_posts = {one.day: one.posts for one in (day, *others)}
    repairer = Repairer(
        days, api, POSTS, votes_current=votes_current, redirect=redirect, old_posts=old_posts
    )
    return repairer.repair(day)


def stored_after(day: BlogDay, done: RepairedDay) -> tuple[StoredPaper, ...]:
    """Return the entries of a day's data as they are after the repair."""
    bodies = {file.path: file.body for file in done.files}
    body = bodies.get(day.data_path, day.data)
    assert body is not None
    return crawler.read(body, day.day, "").papers


def post_after(done: RepairedDay) -> str:
    (body,) = (file.body for file in done.files if file.path.startswith("_posts/") and file.body)
    return body.decode()


def head_after(done: RepairedDay) -> str:
    return post_after(done).split("---\n")[1]


def test_day_without_defects_gets_its_body_only() -> None:
    day = a_day()
    done = repaired(day)
    assert [file.path for file in done.files] == [SUFFIXED]
    assert head_after(done) == HEAD
    assert done.fixed == ((Defect.POST_STALE, 1),)
    again = replace(day, posts=(BlogFile(SUFFIXED, done.files[0].body),))
    assert repaired(again) == RepairedDay(WEDNESDAY, ())


LAB, CODE = "The Lab", "https://github.com/lab/code"
ABSTRACT, PUBLISHED = "What paper 1 says.", "2025-12-23T00:00:00.000Z"
COUNTED = {"institution": "·7 authors12", "tags": None}
SEVEN = {"organization": None, "author_count": 7}
FOOTER = {"code": "https://github.com/huggingface"}
SPLIT = {"code": "https://github.com/a/\nb"}
OTHER = {"code": "https://github.com/a/b"}


@pytest.mark.parametrize(
    ("changes", "record", "field", "after", "defect"),
    [
        ({"institution": "Lab12", "tags": None}, {}, "institution", LAB, "ORGANIZATION_COUNTS"),
        ({"institution": "·7 authors"}, {}, "institution", LAB, "ORGANIZATION_OLD"),
        (COUNTED, SEVEN, "institution", "·7 authors", "AUTHORS_COUNTS"),
        ({"institution": "Kept"}, {"organization": None}, "institution", "Kept", None),
        ({"title": "Paper\n 1"}, {}, "title", "Paper 1", "TITLE_SPLIT"),
        ({"title": "First title"}, {}, "title", "Paper 1", "RECORD_NEWER"),
        (FOOTER, {}, "code", CODE, "FOOTER_AS_CODE"),
        ({"code": "https://x.example/"}, {"code": None}, "code", None, "PROJECT_AS_CODE"),
        (OTHER, {"code": None}, "code", OTHER["code"], None),
        (SPLIT, {"code": None}, "code", OTHER["code"], "LINK_SPLIT"),
        (SPLIT, OTHER, "code", OTHER["code"], "LINK_SPLIT"),
        ({"abstract": "At this https URL."}, {}, "abstract", ABSTRACT, "ABSTRACT_LINK"),
        ({"abstract": "Papers arxiv:1"}, {}, "abstract", ABSTRACT, "FURNITURE"),
        ({"abstract": "Kept."}, {"abstract": None}, "abstract", "Kept.", None),
        ({"published": "2025-12-24T14:00:00.1"}, {}, "published", PUBLISHED, "PUBLISHED"),
        ({"tags": None}, {}, "tags", ("one", "two"), None),
        ({"votes": 5}, {"votes": 50}, "votes", 5, None),
    ],
)
def test_records_of_the_api_replace_what_is_stored(
    changes: dict[str, object],
    record: dict[str, object],
    field: str,
    after: object,
    defect: str | None,
) -> None:
    day = a_day(*ten(entry(**changes)))
    known = Edition(MONDAY, (paper(1, submitted_at=None, **record),))
    done = repaired(day, editions=[known])
    assert getattr(stored_after(day, done)[0], field) == after
    stale = (Defect.POST_STALE, 1)
    assert set(done.fixed) - {stale} == ({(Defect[defect], 1)} if defect else set())
    assert done.remaining == ()


@pytest.mark.parametrize(
    ("changes", "remaining"),
    [
        ({"institution": "Lab12", "tags": None}, Defect.ORGANIZATION_AMBIGUOUS),
        ({"abstract": "At this https URL."}, Defect.ABSTRACT_LINK),
        ({"abstract": None}, Defect.ABSTRACT_MISSING),
    ],
)
def test_remaining_defects_are_counted(changes: dict[str, object], remaining: Defect) -> None:
    day = a_day(*ten(entry(**changes)))
    done = repaired(day)
    assert stored_after(day, done)[0] == entry(**changes)
    assert done.remaining == ((remaining, 1),)
    assert remaining not in dict(done.fixed)


def test_name_that_ends_in_a_digit_gets_tags() -> None:
    day = a_day(*ten(entry(institution="Lab42", tags=None)))
    other = a_day(*ten(entry(2, institution="Lab4")), on=MONDAY)
    done = repaired(day, other)
    first = stored_after(day, done)[0]
    assert (first.institution, first.tags) == ("Lab4", ())


def test_order_and_votes_stay() -> None:
    papers = ten(entry(3, votes=5), entry(1, votes=9), entry(2, votes=None))
    day = a_day(*papers)
    done = repaired(day)
    assert re.findall(r"\*\*Paper (\d+)\*\*(?: - 👍 (\d+))?\n", post_after(done))[:3] == [
        ("3", "5"),
        ("1", "9"),
        ("2", ""),
    ]
    assert stored_after(day, done) == papers


def test_current_votes_take_the_edition() -> None:
    api = Edition(WEDNESDAY, tuple(paper(n, votes=100 + n) for n in range(1, 13)))
    done = repaired(a_day(), editions=[api], votes_current=True)
    papers = stored_after(a_day(), done)
    assert [(p.id, p.votes) for p in papers] == [
        (f"2512.{n:05}", 100 + n) for n in range(12, 2, -1)
    ]
    assert dict(done.fixed)[Defect.VOTES] == 10
    # Without an edition, the day stays.
    done = repaired(a_day(), editions=[Edition(WEDNESDAY, ())], votes_current=True)
    assert stored_after(a_day(), done) == ten()


def test_current_votes_never_fall() -> None:
    day = a_day(entry(1, votes=50), entry(2, votes=40), entry(3, votes=30))
    api = Edition(WEDNESDAY, (paper(1, votes=20), paper(2, votes=60)))
    papers = stored_after(day, repaired(day, editions=[api], votes_current=True))
    assert [(one.id[-1], one.votes) for one in papers] == [("2", 60), ("1", 50), ("3", 30)]


def submitted(number: int, day: date) -> Edition:
    """Return a later API answer, in which a paper has the day that it was submitted on."""
    return Edition(date(2026, 3, 2), (paper(number, submitted_at=f"{day}T03:00:00.000Z"),))


@pytest.mark.parametrize(
    ("on", "others", "editions", "duplicate"),
    [
        (SATURDAY, [FRIDAY], [], True),
        (SUNDAY, [FRIDAY], [], True),
        (SUNDAY, [SATURDAY], [], True),
        (SATURDAY, [], [], False),
        # Friday has an edition between them.
        (SATURDAY, [THURSDAY], [], False),
        # The first one stays.
        (SATURDAY, [SUNDAY], [], False),
        (MONDAY, [FRIDAY], [], False),
        (NEW_YEAR, [date(2025, 12, 31)], [], True),
        # The API has no papers on that day, or has the paper.
        (MONDAY, [FRIDAY], [Edition(MONDAY, ())], True),
        (SUNDAY, [THURSDAY], [Edition(FRIDAY, ())], True),
        (SATURDAY, [FRIDAY], [Edition(SATURDAY, (paper(1),))], False),
        # The API knows when the paper was submitted.
        (MONDAY, [FRIDAY], [submitted(1, FRIDAY)], True),
        (FRIDAY, [MONDAY], [submitted(1, MONDAY)], True),
        (FRIDAY, [MONDAY], [submitted(1, FRIDAY)], False),
        (MONDAY, [], [submitted(1, FRIDAY)], False),
    ],
)
def test_duplicates(on: date, others: list[date], editions: list[Edition], duplicate: bool) -> None:
    day = a_day(entry(1), entry(2, title="Stays"), on=on)
    elsewhere = [a_day(entry(1), entry(3), on=other) for other in others]
    done = repaired(day, *elsewhere, editions=editions)
    assert [p.id[-1] for p in stored_after(day, done)] == (["2"] if duplicate else ["1", "2"])
    assert (Defect.DUPLICATE in dict(done.fixed)) is duplicate


def test_day_of_duplicates_is_removed() -> None:
    day = a_day(entry(1), on=SATURDAY)
    done = repaired(day, a_day(entry(1), on=FRIDAY))
    paths = [day.data_path, day.posts[0].path]
    assert list(done.files) == [BlogFile(path, None) for path in paths]
    assert done.fixed == ((Defect.DUPLICATE, 1),)


def test_paper_stored_twice_stays_once() -> None:
    day = a_day(*ten(entry(1), entry(1, title="Again")))
    done = repaired(day)
    assert [p.title for p in stored_after(day, done)].count("Paper 1") == 1
    assert (Defect.TWICE, 1) in done.fixed


THIN, NO_VOTES = "논문이 10개보다 적게 수집된 날입니다.", "좋아요 수가 기록되지 않은 날입니다."


@pytest.mark.parametrize(
    ("papers", "labels"),
    [
        (ten(), []),
        (ten()[1:], [THIN]),
        (tuple(replace(p, votes=0) for p in ten()), [NO_VOTES]),
        (tuple(replace(p, votes=None) for p in ten()), [NO_VOTES]),
        ((entry(1, votes=0),), [THIN, NO_VOTES]),
    ],
)
def test_labels(papers: tuple[StoredPaper, ...], labels: list[str]) -> None:
    done = repaired(a_day(*papers))
    above = post_after(done).split("수집되었습니다.\n\n")[1].split("## ")[0]
    assert above.strip().split("\n\n") == (labels or [""])


DATE = "date: 2025-12-24 09:15:00 +0900"
LINK = "permalink: /posts/daily-papers-2025-12-24/"
LATE = "date: 2025-12-25 09:15:00 +0900"
ODD = f"# note\n'title' : \"T\" # t\n{DATE}\nlist:\n  - a\n- b\n\nx: |\n  date: 1\n"


@pytest.mark.parametrize(
    ("path", "head", "after", "defect"),
    [
        (SUFFIXED, f"title: T\n{DATE}\n", f"title: T\n{DATE}\n", None),
        (SUFFIXED, f"title: T\n{LATE}\nx: 1\n", f"title: T\n{DATE}\nx: 1\n", Defect.DATE),
        (SUFFIXED, "title: T\nx: 1\n", f"title: T\n{DATE}\nx: 1\n", Defect.DATE),
        (PLAIN, f"title: T\n{DATE}\n", f"title: T\n{LINK}\n{DATE}\n", Defect.URL),
        (PLAIN, f"permalink: /posts/daily-papers/\n{DATE}\n", f"{LINK}\n{DATE}\n", Defect.URL),
        (PLAIN, f"permalink: '/mine/'\n{DATE}\n", f"permalink: '/mine/'\n{DATE}\n", None),
        (SUFFIXED, ODD, ODD, None),
    ],
)
def test_front_matter_changes_by_line(
    path: str, head: str, after: str, defect: Defect | None
) -> None:
    done = repaired(a_day(path=path, head=head))
    assert head_after(done) == after
    front = {Defect.DATE, Defect.URL, Defect.MATH, Defect.FRONT_MATTER}
    assert front & dict(done.fixed).keys() == ({defect} if defect else set())


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_endings_and_other_bytes_stay(ending: str) -> None:
    head = b"---\ntitle: \xff\nmath: false\ndate: 1\n---\n".replace(b"\n", ending.encode())
    day = replace(a_day(*ten(entry(title="$x$"))), posts=(BlogFile(SUFFIXED, head + b"old"),))
    done = repaired(day)
    (post,) = (f.body for f in done.files if f.path == SUFFIXED)
    expected = b"---\ntitle: \xff\nmath: true\n" + DATE.encode() + b"\n---\n"
    assert post is not None
    assert post.startswith(expected.replace(b"\n", ending.encode()) + b"\n# Hugging")


@pytest.mark.parametrize(
    "body", ["no front matter", "---\ntitle: T\n", "", "\n---\ntitle: T\n---\n", None]
)
def test_post_without_front_matter_gets_one(body: str | None) -> None:
    posts = () if body is None else (BlogFile(PLAIN, body.encode()),)
    done = repaired(replace(a_day(), posts=posts))
    assert [file.path for file in done.files] == [PLAIN]
    head = head_after(done)
    assert head.startswith(f"title: Hugging Face Daily Papers - 2025-12-24\n{LINK}\n{DATE}\n")
    defect = Defect.POST_MISSING if body is None else Defect.FRONT_MATTER
    assert (defect, 1) in done.fixed


def test_all_posts_of_a_day_keep_their_names() -> None:
    day = a_day()
    both = replace(day, posts=(*day.posts, replace(day.posts[0], path=PLAIN)))
    done = repaired(both)
    heads = {file.path: (file.body or b"").decode().split("---\n")[1] for file in done.files}
    assert heads.keys() == {SUFFIXED, PLAIN}
    assert "permalink" not in heads[SUFFIXED]
    assert "permalink: /posts/daily-papers-2025-12-24/\n" in heads[PLAIN]


OLD_URL = "/posts/daily-papers-1766580555/"


OLDER, OLDEST = "/older/", "/oldest/"


@pytest.mark.parametrize(
    ("paths", "extra", "redirects"),
    [
        ([SUFFIXED], "", [OLD_URL]),
        ([SUFFIXED], "permalink: /mine/\n", ["/mine/"]),
        ([SUFFIXED], "redirect_from: /older/\n", [OLD_URL, OLDER]),
        ([SUFFIXED], "redirect_from: ['/older/', \"/oldest/\"]\n", [OLD_URL, OLDER, OLDEST]),
        ([SUFFIXED], "redirect_from:\n  - /older/\n- /oldest/\n", [OLD_URL, OLDER, OLDEST]),
        ([SUFFIXED, PLAIN], "", [OLD_URL]),
        ([PLAIN], "", None),
        ([PLAIN], f"{LINK}\n", None),
    ],
)
def test_redirect(paths: list[str], extra: str, redirects: list[str] | None) -> None:
    post = f"---\n{HEAD}{extra}---\nold\n".encode()
    day = replace(a_day(), posts=tuple(BlogFile(path, post) for path in paths))
    done = repaired(day, redirect=True)
    parts = front_matter.split(post_after(done).encode())
    assert parts
    head = front_matter.parse(parts[0])
    assert head.value("permalink") == "/posts/daily-papers-2025-12-24/"
    found = head.value("redirect_from")
    assert (json.loads(found) if found else None) == redirects
    gone = [file.path for file in done.files if file.body is None]
    assert gone == [path for path in paths if path != PLAIN]
    assert (Defect.MOVED in dict(done.fixed)) is (redirects is not None)


@pytest.mark.parametrize("redirect", [False, True])
@pytest.mark.parametrize("has_post", [False, True])
def test_addresses_of_removed_posts_redirect(redirect: bool, has_post: bool) -> None:
    """Each weekend day repeats Friday; one of its posts has no address of its own."""
    friday = a_day(entry(1), entry(2), on=FRIDAY)
    friday = friday if has_post else replace(friday, posts=())
    weekend = [
        replace(
            a_day(entry(1), entry(2), on=day),
            posts=(BlogFile(f"_posts/{day}-{name}.md", b"---\n"),),
        )
        for day, name in ((SATURDAY, "daily-papers-1766845201"), (SUNDAY, "daily-papers"))
    ]
    done = repaired(friday, *weekend, redirect=redirect)
    redirects = "/posts/daily-papers-1766845201/" in post_after(done)
    assert redirects is redirect
    assert (Defect.POST_MISSING in dict(done.fixed)) is not has_post
    for removed in weekend:
        others = [friday, *(day for day in weekend if day is not removed)]
        assert repaired(removed, *others, redirect=redirect).is_removed


def test_markup_is_escaped() -> None:
    done = repaired(a_day(*ten(entry(title="a | b"), entry(2, abstract="{{ x }} <b>"))))
    assert r"**a \| b**" in post_after(done)
    assert "{{" not in post_after(done)
    assert (Defect.MARKUP, 2) in done.fixed


NOVEMBER = "_posts/2025-11-01-monthly-papers-summary.md"
DECEMBER = "_posts/2025-12-01-monthly-papers-summary.md"
LATER = date(2026, 8, 1)
PERMALINK = stranger.MONTHLY.replace(b"pin:", b"permalink: /mine/\npin:")


def months(before: dict[str, bytes], today: date = LATER) -> dict[str, bytes]:
    """Return the posts that a stranger's months get, from days in no order."""
    days = [
        crawler.read(stranger.data(day, papers), date.fromisoformat(day), "")
        for day, papers in sorted(stranger.PAPERS.items(), key=lambda item: item[0][::-1])
    ]
    return {post.path: post.body or b"" for post in month_posts(days, before, today, RENDERER)}


@pytest.mark.parametrize(
    ("today", "paths"),
    [
        (date(2025, 11, 30), []),
        (date(2025, 12, 1), [NOVEMBER]),
        (date(2025, 12, 31), [NOVEMBER]),
        (date(2026, 1, 1), [NOVEMBER, DECEMBER]),
    ],
)
def test_months_that_have_ended_get_posts(today: date, paths: list[str]) -> None:
    made = months({}, today)
    assert list(made) == paths
    assert all("- **수집 일수**: 3일" in made[path].decode() for path in paths[:1])
    assert months(made, today) == {}


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ({NOVEMBER: stranger.MONTHLY}, {NOVEMBER}),
        ({DECEMBER: stranger.MONTHLY}, {DECEMBER}),
        # Without a permalink both would have the same URL.
        ({NOVEMBER: stranger.MONTHLY, DECEMBER: stranger.MONTHLY}, {NOVEMBER}),
        ({NOVEMBER: PERMALINK, DECEMBER: stranger.MONTHLY}, {NOVEMBER, DECEMBER}),
        ({NOVEMBER: stranger.MONTHLY, DECEMBER: PERMALINK}, {NOVEMBER, DECEMBER}),
        ({NOVEMBER: b"no front matter\n"}, set()),
    ],
)
def test_months_keep_front_matter_but_no_shared_url(
    before: dict[str, bytes], kept: set[str]
) -> None:
    new, after = months({}), months(before)
    for path in (NOVEMBER, DECEMBER):
        assert (b"title: A month by hand\n" in after[path]) is (path in kept)
        assert after[path].split(b"---\n", 2)[2] == new[path].split(b"---\n", 2)[2]
        assert (after[path] == new[path]) is (path not in kept)


NAMES = ("Alpha", "Beta4", "Gamma Lab")
DAYS = st.integers(0, 9).map(lambda n: date(2025, 12, 24) + timedelta(days=n))


@st.composite
def archives(draw: st.DrawFn) -> dict[str, bytes]:
    """Return a blog of some days, whose entries have any of the defects."""
    blog = {}
    for day in draw(st.sets(DAYS, min_size=1)):
        entries = [_drawn(draw, n) for n in draw(st.lists(st.integers(1, 9), max_size=4))]
        data = blog_data.render(StoredDay(day, NOW, tuple(entries)))
        blog[f"_data/papers/daily-{day}.json"] = data
        name = draw(st.sampled_from(["", "-1766580555", None]))
        extra = draw(st.sampled_from(["", "permalink: /x/\n", "math: false\n", "- x\n"]))
        head = draw(st.sampled_from(["---\n", ""]))
        if name is not None:
            post = f"{head}title: T\ndate: 1\n{extra}{head}1. **T** - 👍 3\n"
            blog[f"_posts/{day}-daily-papers{name}.md"] = post.encode()
    return blog


def _drawn(draw: st.DrawFn, number: int) -> StoredPaper:
    """Return an entry of the paper of a number, which always has the same organisation."""
    name = NAMES[number % 3] if number % 4 else f"·{number} authors"
    return entry(
        number,
        title=draw(st.sampled_from(["T", "T\n  $x$", r"\alpha | b"])),
        votes=draw(st.integers(0, 2)),
        institution=name + draw(st.sampled_from(["", "1", "31", "1.2k4"])),
        abstract=draw(st.sampled_from([None, "We.", "At this https URL .", "Papers arxiv:1 x"])),
        code=draw(st.sampled_from([None, FOOTER["code"], SPLIT["code"], "https://a.io/b"])),
        tags=None,
        published="2025-12-24T14:00:00.1",
    )


def _known(number: int) -> Paper:
    name = NAMES[number % 3] if number % 4 else None
    organization = Organization(None, name) if name else None
    return paper(number, organization=organization, submitted_at=None)


@settings(max_examples=60)
@given(
    archives(),
    st.dictionaries(DAYS, st.lists(st.integers(1, 9), unique=True, max_size=5)),
    st.booleans(),
    st.booleans(),
)
def test_a_second_repair_changes_nothing(
    blog: dict[str, bytes], api: dict[date, list[int]], current: bool, redirect: bool
) -> None:
    editions = [Edition(day, tuple(map(_known, ids))) for day, ids in api.items()]
    options = {"votes_current": current, "redirect": redirect}
    done = repair(blog, editions, **options)
    again = repair(done.blog, editions, **options)
    assert again.blog == done.blog
    assert not again.fixed()
    assert again.remaining() == done.remaining()


@settings(max_examples=60)
@given(archives())
def test_no_paper_is_lost(blog: dict[str, bytes]) -> None:
    done = repair(blog)
    before = {id_ for body in blog.values() for id_ in re.findall(rb'papers/(2512\.\d+)"', body)}
    after = {id_ for b in done.blog.values() for id_ in re.findall(rb'papers/(2512\.\d+)"', b)}
    assert before == after
    assert all(path.startswith(("_posts/", "_data/papers/")) for path in done.blog)
