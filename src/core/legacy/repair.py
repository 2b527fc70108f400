"""Render an archive's days again: from the API's records where there are any, else mended.

Pure: a day's files in, and out those of them that have to change. Which papers a day has, their
order and votes stay as they were stored, but for repeats; file names stay, so that URLs do.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from core.edition.ranking import comparable, rank
from core.legacy import crawler, entry_fixes, existing_posts, frontmatter
from core.legacy.crawler import CrawledDay, CrawledPaper
from core.legacy.duplicate_days import Repeats
from core.legacy.entry_fixes import Defect, MendedPaper
from core.legacy.existing_posts import Renewed
from core.legacy.organizations import known_names, possible_names
from core.model import links
from core.model.blog import BlogFile
from core.model.paper import Edition, Origin, Paper
from core.render import escape

VOTES = re.compile(r"\*\* - 👍 (\d+)$", re.MULTILINE)
Counts = tuple[tuple[Defect, int], ...]


@dataclass(frozen=True, slots=True)
class BlogDay:
    """What the blog has of a day: the crawler's data, and its posts, which may have old names."""

    day: date
    data_path: str
    data: bytes
    posts: tuple[BlogFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Repaired:
    """The files of a day that change, and why: defects by kind, and how many of each.

    `left` are the defects that stay, as nothing settles them.
    """

    day: date
    files: tuple[BlogFile, ...]
    reasons: Counts = ()
    left: Counts = ()


class RepairRenderer(Protocol):
    """How a repaired day looks in a post, and in the blog's data. Raises `RenderError`."""

    def repaired_post(self, edition: Edition) -> bytes:
        """Return the post of all papers, with math where there is TeX, and with its labels."""

    def labels(self, edition: Edition) -> Mapping[Defect, str]:
        """Return what a post says of a day that lacks papers or votes."""

    def data(self, edition: Edition, updated_at: datetime) -> bytes:
        """Return the data of the edition's top papers."""


class Repairer:
    """Repairs the days of one archive.

    `days` are all that it has, repaired or not: they tell names and repeats. `editions` are the
    API's by day, as far as there are any; an empty one says that the source has none. With
    `votes_current` a day that has one becomes it, with its votes; with `redirect` old posts move to
    the names that new ones have.
    """

    def __init__(
        self,
        days: Iterable[CrawledDay],
        editions: Mapping[date, Edition],
        renderer: RepairRenderer,
        *,
        votes_current: bool = False,
        redirect: bool = False,
    ) -> None:
        days = tuple(days)
        newest_last = sorted(editions.values(), key=lambda edition: edition.day)
        self._editions = editions
        self._records = {paper.id: paper for edition in newest_last for paper in edition.papers}
        self._names = known_names(days, newest_last)
        self._repeats = Repeats(days, editions, self._records)
        self._renderer = renderer
        self._votes_current = votes_current
        self._redirect = redirect
        for edition in newest_last if votes_current else ():
            self._repeats.replaced_by(edition)

    def repair(self, stored: BlogDay) -> Repaired:
        """Return what has to change in a day. Raises `PayloadError` when its data is unreadable."""
        crawled = crawler.read(stored.data, stored.day, stored.data_path)
        kept, reasons = self._without_repeats(crawled)
        if crawled.papers and not kept.papers:
            return Repaired(stored.day, _changes(stored, ()), _counts(reasons))
        kept, outdated = self._brought_up_to_date(kept)
        papers = [self._paper(entry, stored.day) for entry in kept.papers]
        renewed = replace(kept, papers=tuple(map(self._entry, kept.papers, papers)))
        data = stored.data if renewed == crawled else crawler.render(renewed)
        edition = Edition(stored.day, tuple(entry.paper for entry in papers), Origin.IMPORT)
        fresh = self._renderer.repaired_post(edition)
        posts = existing_posts.renew(stored.day, stored.posts, fresh, redirect=self._redirect)
        left = Counter(defect for entry in papers for defect in entry.left)
        reasons += outdated + Counter(defect for entry in papers for defect in entry.defects)
        reasons += self._post_reasons(crawled, stored, edition, posts)
        files = _changes(stored, (BlogFile(stored.data_path, data), *posts.posts))
        reasons -= left
        if files and not reasons:
            reasons[Defect.POST_STALE] = 1
        return Repaired(stored.day, files, _counts(reasons), _counts(left))

    def _without_repeats(self, crawled: CrawledDay) -> tuple[CrawledDay, Counter[Defect]]:
        """Return the day without entries that stand elsewhere in the archive, or twice in it."""
        papers: dict[str, CrawledPaper] = {}
        found: Counter[Defect] = Counter()
        for paper in crawled.papers:
            if paper.id in papers:
                found[Defect.TWICE] += 1
            elif self._repeats.holds(crawled.day, paper.id):
                found[Defect.REPEAT] += 1
            else:
                papers[paper.id] = paper
        return replace(crawled, papers=tuple(papers.values())), found

    def _brought_up_to_date(self, crawled: CrawledDay) -> tuple[CrawledDay, Counter[Defect]]:
        """Return the day as the API has it, if that is wanted and known."""
        edition = self._editions.get(crawled.day)
        if not self._votes_current or not edition or not edition.papers:
            return crawled, Counter()
        stored = {paper.id: paper.votes or 0 for paper in crawled.papers}
        papers = rank(_with_votes(edition.papers, stored))
        body = self._renderer.data(replace(edition, papers=papers), crawled.crawled_at)
        current = crawler.read(body, crawled.day, "")
        # Votes never fall, but papers vanish: what the API no longer has stays as it was stored.
        gone = stored.keys() - {paper.id for paper in edition.papers}
        entries = [*current.papers, *(paper for paper in crawled.papers if paper.id in gone)]
        entries.sort(key=lambda paper: comparable(paper.votes), reverse=True)
        most = max(len(current.papers), len(crawled.papers))
        other = sum(stored.get(paper.id) != paper.votes for paper in entries[:most])
        return replace(current, papers=tuple(entries[:most])), Counter({Defect.VOTES: other})

    def _paper(self, stored: CrawledPaper, day: date) -> MendedPaper:
        """Return an entry's paper as the API knows it, mended where the API does not."""
        edition = self._editions.get(day)
        own = {paper.id: paper for paper in edition.papers} if edition else {}
        record = own.get(stored.id) or self._records.get(stored.id)
        mended = entry_fixes.mend_paper(stored, self._names, record)
        return mended if record is None else _renewed(mended, record)

    def _entry(self, stored: CrawledPaper, mended: MendedPaper) -> CrawledPaper:
        """Return the entry that is stored for a paper, in the crawler's keys."""
        paper = mended.paper
        entry = replace(
            stored,
            url=links.paper_page(paper.id),
            title=paper.title,
            institution=crawler.institution(paper),
            abstract=paper.abstract,
            abstract_page=links.abstract(paper.id),
            code=paper.code,
            published=paper.published_at or stored.published,
        )
        if Defect.ORGANIZATION_UNSETTLED in mended.left:
            return entry
        tagged = stored.tags is not None or paper.ai_keywords or len(possible_names(entry)) > 1
        return replace(entry, tags=paper.ai_keywords) if tagged else entry

    def _post_reasons(
        self, crawled: CrawledDay, stored: BlogDay, edition: Edition, posts: Renewed
    ) -> Counter[Defect]:
        """Count what was wrong with the day's posts."""
        found = Counter(posts.defects)
        old = [_body(post) for post in stored.posts]
        new = _body(posts.posts[0])
        if all(body == new for body in old):
            return found
        labels = self._renderer.labels(edition)
        found.update(defect for defect, label in labels.items() if label not in old[0])
        found[Defect.MARKUP] = sum(map(_has_markup, edition.papers))
        votes = [str(paper.votes) for paper in crawled.papers if paper.votes is not None]
        if VOTES.findall(old[0]) != votes:
            found[Defect.POST_STALE] += 1
        return found


def _with_votes(papers: Iterable[Paper], known: Mapping[str, int]) -> Iterator[Paper]:
    """Yield the papers with the votes that are known, where these are more."""
    for paper in papers:
        more = max(known.get(paper.id, 0), paper.votes or 0)
        yield replace(paper, votes=more) if paper.votes is not None or more else paper


def _renewed(mended: MendedPaper, record: Paper) -> MendedPaper:
    """Return the paper as its record has it; what the record lacks stays as it was stored."""
    old = mended.paper
    paper = replace(
        record,
        votes=old.votes,
        abstract=record.abstract or old.abstract,
        ai_keywords=record.ai_keywords or old.ai_keywords,
        author_count=record.author_count or old.author_count,
        organization=record.organization or old.organization,
        code=record.code or old.code,
        project=record.project or old.project,
        published_at=record.published_at or old.published_at,
    )
    defects, left = mended.defects, mended.left
    if record.organization and Defect.ORGANIZATION_UNSETTLED in left:
        glued = {Defect.ORGANIZATION_UNSETTLED: Defect.ORGANIZATION_GLUED}
        defects = tuple(glued.get(defect, defect) for defect in defects)
        left = tuple(defect for defect in left if defect not in glued)
    elif crawler.institution(old) != crawler.institution(paper):
        defects = (*defects, Defect.ORGANIZATION_OLD)
    other_code = old.code not in (None, paper.code)
    if other_code or (old.title, old.abstract) != (paper.title, paper.abstract):
        defects = (*defects, Defect.RECORD_NEWER)
    if paper.published_at != old.published_at:
        defects = (*defects, Defect.PUBLISHED)
    return MendedPaper(paper, defects, left)


def _has_markup(paper: Paper) -> bool:
    """Tell whether a paper's text would be shown as markup if it were not escaped."""
    texts = (crawler.institution(paper), paper.abstract or "")
    return escape.markdown(paper.title, bold=True) != paper.title or any(
        escape.markdown(text) != text for text in texts
    )


def _body(post: BlogFile) -> str:
    return frontmatter.body(post.body or b"").decode("utf-8", "replace")


def _changes(stored: BlogDay, files: Sequence[BlogFile]) -> tuple[BlogFile, ...]:
    """Return the files that are not stored like that, and the removal of those that go."""
    before = {stored.data_path: stored.data} | {post.path: post.body for post in stored.posts}
    after = {file.path for file in files}
    gone = (BlogFile(path, None) for path in before if path not in after)
    return (*(file for file in files if before.get(file.path) != file.body), *gone)


def _counts(found: Counter[Defect]) -> Counts:
    """Return the kinds that were found, in the order in which they are defined."""
    return tuple((defect, found[defect]) for defect in Defect if found[defect] > 0)
