"""A day of a blog rendered again: what changes, why, and what stays."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.legacy import crawler, frontmatter
from core.legacy.crawler import CrawledDay, CrawledPaper
from core.legacy.entry_fixes import Defect
from core.legacy.repair import BlogDay, Repaired, Repairer
from core.model.blog import BlogFile
from core.model.errors import PayloadError
from core.model.paper import Edition, Organization, Paper
from tests.support.archive import RENDERER, repair
from tests.support.fakes import NOW, paper

WEDNESDAY = date(2025, 12, 24)
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2025, 12, 26) + timedelta(days=n) for n in range(4))
HEAD = "title: T\ndate: 2025-12-24 09:15:00 +0900\nauthor: a\n"
SUFFIXED = "_posts/2025-12-24-daily-papers-1766580555.md"
PLAIN = "_posts/2025-12-24-daily-papers.md"


def entry(number: int = 1, **changes: object) -> CrawledPaper:
    """Return a stored entry with nothing wrong."""
    paper_id = f"2512.{number:05}"
    whole = CrawledPaper(
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


def ten(*first: CrawledPaper) -> tuple[CrawledPaper, ...]:
    """Return as many entries as no post is thin with, these first."""
    return (*first, *(entry(n) for n in range(90, 100 - len(first))))


def a_day(
    *papers: CrawledPaper, on: date = WEDNESDAY, path: str = SUFFIXED, head: str = HEAD
) -> BlogDay:
    """Return a day with its data and a post that is empty but for its front matter."""
    crawled = CrawledDay(on, NOW, papers or ten())
    post = BlogFile(path.replace("2025-12-24", str(on)), f"---\n{head}---\nold\n".encode())
    return BlogDay(on, f"_data/papers/daily-{on}.json", crawler.render(crawled), (post,))


def repaired(
    day: BlogDay,
    *others: BlogDay,
    editions: Sequence[Edition] = (),
    votes_current: bool = False,
    redirect: bool = False,
) -> Repaired:
    days = [crawler.read(d.data, d.day, d.data_path) for d in (day, *others)]
    api = {edition.day: edition for edition in editions}
    options = {"votes_current": votes_current, "redirect": redirect}
    return Repairer(days, api, RENDERER, **options).repair(day)


def stored_after(day: BlogDay, done: Repaired) -> tuple[CrawledPaper, ...]:
    """Return the entries of a day's data as they are after the repair."""
    bodies = {file.path: file.body for file in done.files}
    body = bodies.get(day.data_path, day.data)
    assert body is not None
    return crawler.read(body, day.day, "").papers


def post_after(done: Repaired) -> str:
    (body,) = (file.body for file in done.files if file.path.startswith("_posts/") and file.body)
    return body.decode()


def head_after(done: Repaired) -> str:
    return post_after(done).split("---\n")[1]


def test_a_day_without_defects_gets_its_body_and_nothing_else() -> None:
    day = a_day()
    done = repaired(day)
    assert [file.path for file in done.files] == [SUFFIXED]
    assert head_after(done) == HEAD
    assert done.reasons == ((Defect.POST_STALE, 1),)
    again = replace(day, posts=(BlogFile(SUFFIXED, done.files[0].body),))
    assert repaired(again) == Repaired(WEDNESDAY, ())


def test_unreadable_data_is_an_error_that_names_the_file() -> None:
    with pytest.raises(PayloadError, match=r"not JSON.*daily-2025-12-24\.json"):
        Repairer([], {}, RENDERER).repair(replace(a_day(), data=b"<html>"))


@pytest.mark.parametrize(
    ("changes", "record", "field", "after", "reason"),
    [
        (
            {"institution": "Lab12", "tags": None},
            {},
            "institution",
            "The Lab",
            Defect.ORGANIZATION_GLUED,
        ),
        ({"institution": "·7 authors"}, {}, "institution", "The Lab", Defect.ORGANIZATION_OLD),
        (
            {"institution": "·7 authors12", "tags": None},
            {"organization": None, "author_count": 7},
            "institution",
            "·7 authors",
            Defect.AUTHORS_GLUED,
        ),
        ({"institution": "Kept"}, {"organization": None}, "institution", "Kept", None),
        ({"title": "Paper\n 1"}, {}, "title", "Paper 1", Defect.TITLE_SPLIT),
        ({"title": "First title"}, {}, "title", "Paper 1", Defect.RECORD_NEWER),
        (
            {"code": "https://github.com/huggingface"},
            {},
            "code",
            "https://github.com/lab/code",
            Defect.FOOTER_AS_CODE,
        ),
        ({"code": "https://x.example/"}, {"code": None}, "code", None, Defect.PROJECT_AS_CODE),
        (
            {"code": "https://github.com/a/b"},
            {"code": None},
            "code",
            "https://github.com/a/b",
            None,
        ),
        (
            {"abstract": "At this https URL."},
            {},
            "abstract",
            "What paper 1 says.",
            Defect.ABSTRACT_LINK,
        ),
        ({"abstract": "Papers arxiv:1"}, {}, "abstract", "What paper 1 says.", Defect.FURNITURE),
        ({"abstract": "Kept."}, {"abstract": None}, "abstract", "Kept.", None),
        (
            {"published": "2025-12-24T14:00:00.1"},
            {},
            "published",
            "2025-12-23T00:00:00.000Z",
            Defect.PUBLISHED,
        ),
        ({"tags": None}, {}, "tags", ("one", "two"), None),
        ({"votes": 5}, {"votes": 50}, "votes", 5, None),
    ],
)
def test_what_the_api_knows_of_a_paper_replaces_what_is_stored(
    changes: dict[str, object],
    record: dict[str, object],
    field: str,
    after: object,
    reason: Defect | None,
) -> None:
    day = a_day(*ten(entry(**changes)))  # type: ignore[arg-type]
    known = Edition(MONDAY, (paper(1, submitted_at=None, **record),))
    done = repaired(day, editions=[known])
    assert getattr(stored_after(day, done)[0], field) == after
    stale = (Defect.POST_STALE, 1)
    assert set(done.reasons) - {stale} == ({(reason, 1)} if reason else set())
    assert done.left == ()


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"institution": "Lab12", "tags": None}, Defect.ORGANIZATION_UNSETTLED),
        ({"abstract": "At this https URL."}, Defect.ABSTRACT_LINK),
        ({"abstract": None}, Defect.ABSTRACT_MISSING),
    ],
)
def test_what_nothing_settles_stays_and_is_told(changes: dict[str, object], left: Defect) -> None:
    day = a_day(*ten(replace(entry(), **changes)))  # type: ignore[arg-type]
    done = repaired(day)
    assert stored_after(day, done)[0] == replace(entry(), **changes)  # type: ignore[arg-type]
    assert done.left == ((left, 1),)
    assert left not in dict(done.reasons)


def test_a_settled_name_that_ends_in_a_digit_is_marked_as_clean() -> None:
    day = a_day(*ten(entry(institution="Lab42", tags=None)))
    other = a_day(*ten(entry(2, institution="Lab4")), on=MONDAY)
    done = repaired(day, other)
    first = stored_after(day, done)[0]
    assert (first.institution, first.tags) == ("Lab4", ())


def test_the_days_own_record_counts_more_than_a_later_one() -> None:
    editions = [
        Edition(WEDNESDAY, (paper(1, title="Own"),)),
        Edition(MONDAY, (paper(1, title="Later"),)),
    ]
    day = a_day(*ten(entry()))
    assert stored_after(day, repaired(day, editions=editions))[0].title == "Own"


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


def test_with_current_votes_the_day_is_the_apis() -> None:
    api = Edition(WEDNESDAY, tuple(paper(n, votes=100 + n) for n in range(1, 13)))
    done = repaired(a_day(), editions=[api], votes_current=True)
    papers = stored_after(a_day(), done)
    assert [(p.id, p.votes) for p in papers] == [
        (f"2512.{n:05}", 100 + n) for n in range(12, 2, -1)
    ]
    assert dict(done.reasons)[Defect.VOTES] == 10


def test_current_votes_never_fall_and_no_paper_is_lost() -> None:
    day = a_day(entry(1, votes=50), entry(2, votes=40), entry(3, votes=30))
    api = Edition(WEDNESDAY, (paper(1, votes=20), paper(2, votes=60)))
    papers = stored_after(day, repaired(day, editions=[api], votes_current=True))
    assert [(one.title, one.votes) for one in papers] == [
        ("Paper 2", 60),
        ("Paper 1", 50),
        ("Paper 3", 30),
    ]


def test_current_votes_need_an_edition() -> None:
    day = a_day()
    for api in ([], [Edition(WEDNESDAY, ())]):
        done = repaired(day, editions=api, votes_current=True)
        assert stored_after(day, done) == ten()


def submitted(number: int, day: date) -> Edition:
    """Return an API answer of another time that tells on which day a paper was."""
    return Edition(date(2026, 3, 2), (paper(number, submitted_at=f"{day}T03:00:00.000Z"),))


@pytest.mark.parametrize(
    ("on", "others", "editions", "repeats"),
    [
        pytest.param(SATURDAY, [FRIDAY], [], True, id="Saturday repeats Friday"),
        pytest.param(SUNDAY, [FRIDAY], [], True, id="Sunday repeats Friday"),
        pytest.param(SUNDAY, [SATURDAY], [], True, id="Sunday repeats Saturday"),
        pytest.param(SATURDAY, [], [], False, id="nothing before"),
        pytest.param(SATURDAY, [date(2025, 12, 25)], [], False, id="Thursday has another edition"),
        pytest.param(SATURDAY, [SUNDAY], [], False, id="the first stays"),
        pytest.param(MONDAY, [FRIDAY], [], False, id="Monday has an edition"),
        pytest.param(
            date(2026, 1, 1), [date(2025, 12, 31)], [], True, id="1 January has no edition"
        ),
        pytest.param(MONDAY, [FRIDAY], [Edition(MONDAY, ())], True, id="the API had none"),
        pytest.param(SUNDAY, [date(2025, 12, 25)], [Edition(FRIDAY, ())], True, id="nor on Friday"),
        pytest.param(SATURDAY, [FRIDAY], [Edition(SATURDAY, (paper(1),))], False, id="it had it"),
        pytest.param(MONDAY, [FRIDAY], [submitted(1, FRIDAY)], True, id="true day"),
        pytest.param(FRIDAY, [MONDAY], [submitted(1, MONDAY)], True, id="true day is later"),
        pytest.param(FRIDAY, [MONDAY], [submitted(1, FRIDAY)], False, id="it is the true day"),
        pytest.param(MONDAY, [], [submitted(1, FRIDAY)], False, id="true day is not stored"),
    ],
)
def test_repeats(on: date, others: list[date], editions: list[Edition], repeats: bool) -> None:
    day = a_day(entry(1), entry(2, title="Stays"), on=on)
    elsewhere = [a_day(entry(1), entry(3), on=other) for other in others]
    done = repaired(day, *elsewhere, editions=editions)
    assert [p.id[-1] for p in stored_after(day, done)] == (["2"] if repeats else ["1", "2"])
    assert (Defect.REPEAT in dict(done.reasons)) is repeats


def test_a_day_of_repeats_only_is_removed() -> None:
    day = a_day(entry(1), on=SATURDAY)
    done = repaired(day, a_day(entry(1), on=FRIDAY))
    paths = [day.data_path, day.posts[0].path]
    assert list(done.files) == [BlogFile(path, None) for path in paths]
    assert done.reasons == ((Defect.REPEAT, 1),)


def test_a_paper_that_is_stored_twice_in_a_day_stays_once() -> None:
    day = a_day(*ten(entry(1), entry(1, title="Again")))
    done = repaired(day)
    assert [p.title for p in stored_after(day, done)].count("Paper 1") == 1
    assert (Defect.TWICE, 1) in done.reasons


@pytest.mark.parametrize(
    ("papers", "labels"),
    [
        (ten(), []),
        (ten()[1:], ["논문이 10개보다 적게 수집된 날입니다."]),
        (tuple(replace(p, votes=0) for p in ten()), ["좋아요 수가 기록되지 않은 날입니다."]),
        (tuple(replace(p, votes=None) for p in ten()), ["좋아요 수가 기록되지 않은 날입니다."]),
        (
            (entry(1, votes=0),),
            ["논문이 10개보다 적게 수집된 날입니다.", "좋아요 수가 기록되지 않은 날입니다."],
        ),
    ],
)
def test_a_day_that_lacks_something_says_so(
    papers: tuple[CrawledPaper, ...], labels: list[str]
) -> None:
    done = repaired(a_day(*papers))
    above = post_after(done).split("수집되었습니다.\n\n")[1].split("## ")[0]
    assert above.strip().split("\n\n") == (labels or [""])


DATE = "date: 2025-12-24 09:15:00 +0900"


@pytest.mark.parametrize(
    ("path", "head", "after", "defect"),
    [
        (SUFFIXED, f"title: T\n{DATE}\n", f"title: T\n{DATE}\n", None),
        (
            SUFFIXED,
            "title: T\ndate: 2025-12-25 09:15:00 +0900\nx: 1\n",
            f"title: T\n{DATE}\nx: 1\n",
            Defect.DATE,
        ),
        (SUFFIXED, "title: T\nx: 1\n", f"title: T\n{DATE}\nx: 1\n", Defect.DATE),
        (
            PLAIN,
            f"title: T\n{DATE}\n",
            f"title: T\npermalink: /posts/daily-papers-2025-12-24/\n{DATE}\n",
            Defect.URL,
        ),
        (
            PLAIN,
            f"permalink: /posts/daily-papers/\n{DATE}\n",
            f"permalink: /posts/daily-papers-2025-12-24/\n{DATE}\n",
            Defect.URL,
        ),
        (PLAIN, f"permalink: '/mine/'\n{DATE}\n", f"permalink: '/mine/'\n{DATE}\n", None),
        (
            SUFFIXED,
            f"# note\n'title' : \"T\" # t\n{DATE}\nlist:\n  - a\n- b\n\nx: |\n  date: 1\n",
            f"# note\n'title' : \"T\" # t\n{DATE}\nlist:\n  - a\n- b\n\nx: |\n  date: 1\n",
            None,
        ),
    ],
)
def test_front_matter_is_changed_by_the_line(
    path: str, head: str, after: str, defect: Defect | None
) -> None:
    done = repaired(a_day(path=path, head=head))
    assert head_after(done) == after
    front = {Defect.DATE, Defect.URL, Defect.MATH, Defect.FRONT_MATTER}
    assert front & dict(done.reasons).keys() == ({defect} if defect else set())


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_endings_and_bytes_that_are_no_text_stay(ending: str) -> None:
    head = b"---\ntitle: \xff\nmath: false\ndate: 1\n---\n".replace(b"\n", ending.encode())
    day = replace(a_day(*ten(entry(title="$x$"))), posts=(BlogFile(SUFFIXED, head + b"old"),))
    done = repaired(day)
    (post,) = (f.body for f in done.files if f.path == SUFFIXED)
    expected = b"---\ntitle: \xff\nmath: true\n" + DATE.encode() + b"\n---\n"
    assert post is not None
    assert post.startswith(expected.replace(b"\n", ending.encode()) + b"\n# Hugging")


@pytest.mark.parametrize(
    "body", ["no front matter", "---\ntitle: T\n", "", "\n---\ntitle: T\n---\n"]
)
def test_a_post_without_front_matter_is_rendered_whole(body: str) -> None:
    done = repaired(replace(a_day(), posts=(BlogFile(PLAIN, body.encode()),)))
    head = head_after(done)
    assert head.startswith(
        "title: Hugging Face Daily Papers - 2025-12-24\npermalink: /posts/daily-"
    )
    assert f"\n{DATE}\n" in head
    assert (Defect.FRONT_MATTER, 1) in done.reasons


def test_a_missing_post_is_made() -> None:
    done = repaired(replace(a_day(), posts=()))
    assert [file.path for file in done.files] == [PLAIN]
    assert "permalink: /posts/daily-papers-2025-12-24/\n" in head_after(done)
    assert done.reasons == ((Defect.POST_MISSING, 1),)


def test_all_posts_of_a_day_keep_their_names() -> None:
    day = a_day()
    both = replace(day, posts=(*day.posts, replace(day.posts[0], path=PLAIN)))
    done = repaired(both)
    heads = {file.path: (file.body or b"").decode().split("---\n")[1] for file in done.files}
    assert heads.keys() == {SUFFIXED, PLAIN}
    assert "permalink" not in heads[SUFFIXED]
    assert "permalink: /posts/daily-papers-2025-12-24/\n" in heads[PLAIN]


OLD_URL = "/posts/daily-papers-1766580555/"


@pytest.mark.parametrize(
    ("paths", "extra", "redirects"),
    [
        ([SUFFIXED], "", [OLD_URL]),
        ([SUFFIXED], "permalink: /mine/\n", ["/mine/"]),
        ([SUFFIXED], "redirect_from: /older/\n", [OLD_URL, "/older/"]),
        (
            [SUFFIXED],
            "redirect_from: ['/older/', \"/oldest/\"]\n",
            [OLD_URL, "/older/", "/oldest/"],
        ),
        ([SUFFIXED], "redirect_from:\n  - /older/\n- /oldest/\n", [OLD_URL, "/older/", "/oldest/"]),
        ([SUFFIXED, PLAIN], "", [OLD_URL]),
        ([PLAIN], "", None),
        ([PLAIN], "permalink: /posts/daily-papers-2025-12-24/\n", None),
    ],
)
def test_posts_move_with_a_redirect_when_asked(
    paths: list[str], extra: str, redirects: list[str] | None
) -> None:
    post = f"---\n{HEAD}{extra}---\nold\n".encode()
    day = replace(a_day(), posts=tuple(BlogFile(path, post) for path in paths))
    done = repaired(day, redirect=True)
    parts = frontmatter.split(post_after(done).encode())
    assert parts
    head = frontmatter.parse(parts[0])
    assert head.value("permalink") == "/posts/daily-papers-2025-12-24/"
    told = head.value("redirect_from")
    assert (json.loads(told) if told else None) == redirects
    gone = [file.path for file in done.files if file.body is None]
    assert gone == [path for path in paths if path != PLAIN]
    assert (Defect.MOVED in dict(done.reasons)) is (redirects is not None)


def test_markup_is_escaped_and_counted() -> None:
    done = repaired(a_day(*ten(entry(title="a | b"), entry(2, abstract="{{ x }} <b>"))))
    assert r"**a \| b**" in post_after(done)
    assert "{{" not in post_after(done)
    assert (Defect.MARKUP, 2) in done.reasons


NAMES = ("Alpha", "Beta4", "Gamma Lab")
DAYS = st.integers(0, 9).map(lambda n: date(2025, 12, 24) + timedelta(days=n))


@st.composite
def archives(draw: st.DrawFn) -> dict[str, bytes]:
    """Return a blog of some days, whose entries have any of the defects."""
    blog = {}
    for day in draw(st.sets(DAYS, min_size=1)):
        entries = [_drawn(draw, n) for n in draw(st.lists(st.integers(1, 9), max_size=4))]
        data = crawler.render(CrawledDay(day, NOW, tuple(entries)))
        blog[f"_data/papers/daily-{day}.json"] = data
        name = draw(st.sampled_from(["", "-1766580555", None]))
        extra = draw(st.sampled_from(["", "permalink: /x/\n", "math: false\n", "- x\n"]))
        head = draw(st.sampled_from(["---\n", ""]))
        if name is not None:
            post = f"{head}title: T\ndate: 1\n{extra}{head}1. **T** - 👍 3\n"
            blog[f"_posts/{day}-daily-papers{name}.md"] = post.encode()
    return blog


def _drawn(draw: st.DrawFn, number: int) -> CrawledPaper:
    """Return an entry of the paper of a number, which always has the same organisation."""
    name = NAMES[number % 3] if number % 4 else f"·{number} authors"
    return entry(
        number,
        title=draw(st.sampled_from(["T", "T\n  $x$", r"\alpha | b"])),
        votes=draw(st.integers(0, 2)),
        institution=name + draw(st.sampled_from(["", "1", "31", "1.2k4"])),
        abstract=draw(st.sampled_from([None, "We.", "At this https URL .", "Papers arxiv:1 x"])),
        code=draw(st.sampled_from([None, "https://github.com/huggingface", "https://a.io/b"])),
        tags=None,
        published="2025-12-24T14:00:00.1",
    )


def _known(number: int) -> Paper:
    name = NAMES[number % 3] if number % 4 else None
    organization = Organization(None, name) if name else None
    return paper(number, organization=organization, submitted_at=None)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
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
    assert not again.reasons()
    assert again.left() == done.left()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(archives())
def test_no_paper_is_lost_and_no_file_is_elsewhere(blog: dict[str, bytes]) -> None:
    done = repair(blog)
    before = {id_ for body in blog.values() for id_ in re.findall(rb'papers/(2512\.\d+)"', body)}
    after = {id_ for b in done.blog.values() for id_ in re.findall(rb'papers/(2512\.\d+)"', b)}
    assert before == after
    assert all(path.startswith(("_posts/", "_data/papers/")) for path in done.blog)
