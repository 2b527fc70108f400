"""What a repair says of itself: the message, the table and the diff."""

from argparse import Namespace
from datetime import date

import pytest

from core.legacy.entry_fixes import Defect
from core.legacy.repair import Counts, Repaired
from core.model.blog import BlogFile, BlogReport, BlogStatus
from core.model.errors import BlogRejected, PayloadError, SourceRejected
from handler.cli.legacy import repair_report
from handler.cli.legacy.blog_archive import BlogArchive
from handler.cli.legacy.repair_report import Repair

POST, DATA = BlogFile("_posts/a.md", b"a\n"), BlogFile("_data/papers/a.json", b"a")
MONTH = BlogFile("_posts/2025-11-01-monthly-papers-summary.md", b"m\n")
GLUED: Counts = ((Defect.ORGANIZATION_GLUED, 1200),)
LOST: Counts = ((Defect.ABSTRACT_LINK, 2),)
BLOG = BlogArchive({}, {}, {}, {}, {"_data/papers/x.json": PayloadError("no")})


def day(number: int, *files: BlogFile, reasons: Counts = (), left: Counts = ()) -> Repaired:
    return Repaired(date(2025, 12, number), files, reasons, left)


@pytest.mark.parametrize(
    ("repair", "said"),
    [
        (
            Repair((day(1, POST, reasons=GLUED), day(2), day(3, POST, DATA)), (MONTH,), ()),
            "repair daily papers: 2025-12-01 to 2025-12-03 (2 days)\n\n"
            "1200 x organisation with counts glued on\n1 x monthly summary\n",
        ),
        (
            Repair((day(1), day(2, POST, reasons=LOST)), (), ()),
            "repair daily papers: 2025-12-02\n\n2 x abstract without its link\n",
        ),
        (Repair((), (MONTH,), ()), "repair daily papers: months\n\n1 x monthly summary\n"),
    ],
)
def test_the_message_names_days_and_counts(repair: Repair, said: str) -> None:
    assert repair_report.message(repair) == said


def test_the_table_has_a_row_for_each_day_that_changes() -> None:
    gone = BlogFile("_posts/b.md", None)
    days = (
        day(1, POST, DATA, reasons=GLUED, left=LOST),
        day(2, left=LOST),
        day(3, gone, reasons=((Defect.REPEAT, 7),)),
        day(4, POST, gone, reasons=(*LOST, (Defect.MOVED, 1))),
    )
    assert list(repair_report.table(Repair(days, (MONTH,), ()))) == [
        "2025-12-01  repaired  2 files  1200 x organisation with counts glued on",
        "2025-12-03  removed   1 file   7 x repeat of an earlier day",
        "2025-12-04  repaired  2 files  2 x abstract without its link,"
        " 1 x post moved, with a redirect",
        "2025-11     summary   1 file   monthly summary",
        "3 of 4 days change, 6 files",
        "   1,200 mended       0 left  organisation with counts glued on",
        "       2 mended       4 left  abstract without its link",
        "       7 mended       0 left  repeat of an earlier day",
        "       1 mended       0 left  post moved, with a redirect",
    ]


def test_errors_are_all_that_went_wrong_in_order() -> None:
    failed = SourceRejected("no", date(2025, 12, 1))
    repair = Repair((), (), (failed,))
    rejected = BlogRejected("no")
    delivered = BlogReport(BlogStatus.FAILED, error=rejected)
    broken = list(BLOG.broken.values())
    assert repair_report.errors(repair, BLOG, delivered) == [*broken, failed, rejected]
    assert repair_report.errors(repair, BLOG, None) == [*broken, failed]


NEW_OID = "78981922613b2afb6025042ff6bd878ac1994e85"
NO_OID = "0" * 40
DIFFS = [
    (
        BlogFile("a", b"a\n"),
        None,
        b"diff --git a/a b/a\nnew file mode 100644\nindex %b..%b\n"
        b"--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+a\n" % (NO_OID.encode(), NEW_OID.encode()),
    ),
    (
        BlogFile("a", None),
        b"a\n",
        b"diff --git a/a b/a\ndeleted file mode 100644\nindex %b..%b\n"
        b"--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n" % (NEW_OID.encode(), NO_OID.encode()),
    ),
    (
        BlogFile("a", b"a\nb"),
        b"a",
        b"--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n"
        b"+a\n+b\n\\ No newline at end of file\n",
    ),
    (BlogFile("a", b"a\n"), b"a\r\n", b"@@ -1 +1 @@\n-a\r\n+a\n"),
    (BlogFile("a", b"a\n"), b"a\x0c\xe2\x80\xa8\r\xff\n", b"-a\x0c\xe2\x80\xa8\r\xff\n+a\n"),
    (BlogFile("a b", b"a\n"), b"b\n", b"--- a/a b\t\n+++ b/a b\t\n"),
]


@pytest.mark.parametrize(("file", "before", "lines"), DIFFS)
def test_the_diff_is_gits_byte_for_byte(file: BlogFile, before: bytes | None, lines: bytes) -> None:
    old = {} if before is None else {file.path: before}
    assert lines in b"".join(repair_report.diff([file], old))


def test_json_is_told_instead_of_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    options = Namespace(json=True, dry_run=True, diff=True)
    repair_report.tell(Repair((day(1, POST),), (), ()), BLOG, None, options)
    printed = capsys.readouterr().out
    assert printed.startswith('{\n  "dry_run": true,\n  "ok": false,\n')
    assert "diff --git" not in printed
