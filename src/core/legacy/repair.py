"""Repair an archive's days, from the API's records where there are any, else from the archive.

Pure functions from the files of a day to those of them that change. The papers of a day, their
order and their votes stay as they were stored, except for duplicates. File names stay, so that URLs
stay.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from core.edition.ranking import comparable, rank
from core.legacy import crawler, entry_fixes, existing_posts, front_matter
from core.legacy.duplicate_days import Duplicates
from core.legacy.entry_fixes import Defect, FixedPaper
from core.legacy.existing_posts import UpdatedPosts
from core.legacy.organizations import known_names, possible_names
from core.legacy.repaired_post import RepairedPosts
from core.model import dates, keys, links
from core.model.blog import BlogFile
from core.model.paper import Edition, Origin, Paper
from core.model.period import Kind, MonthEdition, Period
from core.model.ports import Renderer
from core.render import blog_data, escape
from core.render.blog_data import StoredDay, StoredPaper

VOTES = re.compile(r"\*\* - 👍 (\d+)$", re.MULTILINE)
Counts = tuple[tuple[Defect, int], ...]


@dataclass(frozen=True, slots=True)
class BlogDay:
    """What a blog has of a day: the crawler's data, and its posts, which may have old names."""

    day: date
    data_path: str
    data: bytes
    posts: tuple[BlogFile, ...] = ()


@dataclass(frozen=True, slots=True)
class RepairedDay:
    """The files of a day that change, and how many defects of each kind were fixed and remain."""

    day: date
    files: tuple[BlogFile, ...]
    fixed: Counts = ()
    remaining: Counts = ()

    @property
    def is_removed(self) -> bool:
        """Whether all of the day's files are removed."""
        return bool(self.files) and all(file.body is None for file in self.files)


class Repairer:
    """Repairs the days of one archive.

    `days` are all days of the archive, repaired or not; names and duplicates follow from them.
    `editions` are the API's editions by day, as far as they are known; an empty one means that the
    source has no papers on that day. With `votes_current` a day becomes its edition, with its
    votes. With `redirect` old posts move to the names that new ones have, and the addresses of
    `old_posts` of days that only repeat another day redirect to that day.
    """

    def __init__(
        self,
        days: Iterable[StoredDay],
        editions: Mapping[date, Edition],
        posts: RepairedPosts,
        *,
        votes_current: bool = False,
        redirect: bool = False,
        old_posts: Mapping[date, Sequence[BlogFile]],
    ) -> None:
        days = tuple(days)
        newest_last = sorted(editions.values(), key=lambda edition: edition.day)
        self._editions = editions
        self._records = {paper.id: paper for edition in newest_last for paper in edition.papers}
        self._names = known_names(days, newest_last)
        self._duplicates = Duplicates(days, editions, self._records)
        self._posts = posts
        self._votes_current = votes_current
        self._redirect = redirect
        for edition in newest_last if votes_current else ():
            self._duplicates.add_edition(edition)
        self._repeats: dict[date, list[BlogFile]] = {}
        for stored in sorted(days, key=lambda one: one.day) if redirect else ():
            if home := self._duplicates.repeated_day(stored):
                self._repeats.setdefault(home, []).extend(old_posts.get(stored.day, ()))

    def repair(self, blog_day: BlogDay) -> RepairedDay:
        """Return what has to change in a day. Raises `PayloadError` when its data is unreadable."""
        stored = crawler.read(blog_day.data, blog_day.day, blog_day.data_path)
        kept, fixed = self._duplicates.without(stored)
        if stored.papers and not kept.papers:
            return RepairedDay(blog_day.day, _changes(blog_day, ()), _counts(fixed))
        kept, outdated = self._with_current_votes(kept)
        papers = [self._fix(paper, blog_day.day) for paper in kept.papers]
        after = replace(kept, papers=tuple(map(self._entry, kept.papers, papers)))
        data = blog_day.data if after == stored else blog_data.render(after)
        edition = Edition(blog_day.day, tuple(paper.paper for paper in papers), Origin.IMPORT)
        new_post = self._posts.post(edition)
        posts = existing_posts.update_posts(
            blog_day.day,
            blog_day.posts,
            new_post,
            redirect=self._redirect,
            repeats=self._repeats.get(blog_day.day, ()),
        )
        remaining = Counter(defect for paper in papers for defect in paper.remaining)
        fixed += outdated + Counter(defect for paper in papers for defect in paper.defects)
        fixed += self._post_defects(stored, blog_day, edition, posts)
        fixed -= remaining
        files = _changes(blog_day, (BlogFile(blog_day.data_path, data), *posts.posts))
        if files and not fixed:
            fixed[Defect.POST_STALE] = 1
        return RepairedDay(blog_day.day, files, _counts(fixed), _counts(remaining))

    def _with_current_votes(self, stored: StoredDay) -> tuple[StoredDay, Counter[Defect]]:
        """Return the day as the API has it, if that was requested and is known."""
        edition = self._editions.get(stored.day)
        if not self._votes_current or not edition or not edition.papers:
            return stored, Counter()
        votes = {paper.id: paper.votes or 0 for paper in stored.papers}
        papers = rank(_with_votes(edition.papers, votes))
        body = self._posts.data(replace(edition, papers=papers, updated_at=stored.crawled_at))
        current = crawler.read(body, stored.day, "")
        # Votes never fall, but papers disappear from the API: those stay as they were stored.
        gone = votes.keys() - {paper.id for paper in edition.papers}
        entries = [*current.papers, *(paper for paper in stored.papers if paper.id in gone)]
        entries.sort(key=lambda paper: comparable(paper.votes), reverse=True)
        most = max(len(current.papers), len(stored.papers))
        changed = sum(votes.get(paper.id) != paper.votes for paper in entries[:most])
        return replace(current, papers=tuple(entries[:most])), Counter({Defect.VOTES: changed})

    def _fix(self, stored: StoredPaper, day: date) -> FixedPaper:
        """Return an entry's paper as the API has it, or else fixed from the archive."""
        edition = self._editions.get(day)
        own = {paper.id: paper for paper in edition.papers} if edition else {}
        record = own.get(stored.id) or self._records.get(stored.id)
        fixed = entry_fixes.fix_paper(stored, self._names, record)
        return fixed if record is None else _with_record(fixed, record)

    def _entry(self, stored: StoredPaper, fixed: FixedPaper) -> StoredPaper:
        """Return the entry to store for a fixed paper."""
        paper = fixed.paper
        entry = replace(
            stored,
            url=links.paper_page(paper.id),
            title=paper.title,
            institution=blog_data.institution(paper),
            abstract=paper.abstract,
            abstract_page=links.abstract(paper.id),
            code=paper.code,
            published=paper.published_at or stored.published,
        )
        if Defect.ORGANIZATION_AMBIGUOUS in fixed.remaining:
            return entry
        # Tags mark an entry whose organisation is right, though it may end in a digit.
        tagged = stored.tags is not None or paper.ai_keywords or len(possible_names(entry)) > 1
        return replace(entry, tags=paper.ai_keywords) if tagged else entry

    def _post_defects(
        self, stored: StoredDay, blog_day: BlogDay, edition: Edition, posts: UpdatedPosts
    ) -> Counter[Defect]:
        """Count what was wrong with the day's posts."""
        found = Counter(posts.defects)
        old = [_body(post) for post in blog_day.posts]
        new = _body(posts.posts[0])
        if all(body == new for body in old):
            return found
        labels = self._posts.labels(edition)
        found.update(defect for defect, label in labels.items() if label not in old[0])
        found[Defect.MARKUP] = sum(map(_has_markup, edition.papers))
        votes = [str(paper.votes) for paper in stored.papers if paper.votes is not None]
        if VOTES.findall(old[0]) != votes:
            found[Defect.POST_STALE] += 1
        return found


def month_posts(
    days: Iterable[StoredDay], before: Mapping[str, bytes], today: date, renderer: Renderer
) -> Iterator[BlogFile]:
    """Yield the posts of these days' months that have ended, where they change.

    `before` are the blog's month posts by path. Their front matter stays, and so do their URLs. But
    without a permalink all of them have the same URL, which only the first one keeps.
    """
    ordered = sorted(days, key=lambda stored: stored.day)
    names = known_names(ordered, ())
    for first, group in groupby(ordered, lambda stored: dates.first_of_month(stored.day)):
        if not dates.is_over(first, today):
            continue
        editions = (entry_fixes.fix_day(stored, names, {}).edition for stored in group)
        month = Period(Kind.MONTH, first, tuple(MonthEdition(edition, "") for edition in editions))
        path = keys.blog_month_post(first)
        post = renderer.period_post(month)
        head = _month_head(path, before)
        body = head + front_matter.body(post) if head else post
        if body != before.get(path):
            yield BlogFile(path, body)


def _month_head(path: str, before: Mapping[str, bytes]) -> bytes | None:
    """Return the front matter that a stored month post keeps, None where it has none to keep."""
    heads = {
        other: found[0]
        for other, post in sorted(before.items())
        if (found := front_matter.split(post))
    }
    without_permalink = [
        other
        for other, head in heads.items()
        if front_matter.parse(head).value("permalink") is None
    ]
    return None if path in without_permalink[1:] else heads.get(path)


def _with_votes(papers: Iterable[Paper], known: Mapping[str, int]) -> Iterator[Paper]:
    """Yield the papers, with the known votes where these are more."""
    for paper in papers:
        votes = max(known.get(paper.id, 0), paper.votes or 0)
        yield replace(paper, votes=votes) if paper.votes is not None or votes else paper


def _with_record(fixed: FixedPaper, record: Paper) -> FixedPaper:
    """Return the paper as its record has it; values that the record lacks stay as stored."""
    old = fixed.paper
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
    defects = fixed.defects
    remaining = fixed.remaining
    if record.organization and Defect.ORGANIZATION_AMBIGUOUS in remaining:
        resolved = {Defect.ORGANIZATION_AMBIGUOUS: Defect.ORGANIZATION_COUNTS}
        defects = tuple(resolved.get(defect, defect) for defect in defects)
        remaining = tuple(defect for defect in remaining if defect not in resolved)
    elif blog_data.institution(old) != blog_data.institution(paper):
        defects = (*defects, Defect.ORGANIZATION_OLD)
    other_code = old.code not in (None, paper.code)
    if other_code or (old.title, old.abstract) != (paper.title, paper.abstract):
        defects = (*defects, Defect.RECORD_NEWER)
    if paper.published_at != old.published_at:
        defects = (*defects, Defect.PUBLISHED)
    return FixedPaper(paper, defects, remaining)


def _has_markup(paper: Paper) -> bool:
    """Return whether a paper's text would be shown as markup if it were not escaped."""
    texts = (blog_data.institution(paper), paper.abstract or "")
    return escape.markdown(paper.title, bold=True) != paper.title or any(
        escape.markdown(text) != text for text in texts
    )


def _body(post: BlogFile) -> str:
    return front_matter.body(post.body or b"").decode("utf-8", "replace")


def _changes(stored: BlogDay, files: Sequence[BlogFile]) -> tuple[BlogFile, ...]:
    """Return the files that differ from the stored ones, and removals of those not in `files`."""
    before = {stored.data_path: stored.data} | {post.path: post.body for post in stored.posts}
    after = {file.path for file in files}
    gone = (BlogFile(path, None) for path in before if path not in after)
    return (*(file for file in files if before.get(file.path) != file.body), *gone)


def _counts(found: Counter[Defect]) -> Counts:
    """Return how many of each kind were found, in the order of `Defect`."""
    return tuple((defect, found[defect]) for defect in Defect if found[defect] > 0)
