"""What a citation of a paper says, and COinS: citations that reference managers find in a page."""

import re
from urllib.parse import quote, urlencode

from core.model import links
from core.model.paper import Paper
from core.render import tex

# Ids of before April 2007 begin with an archive, like `hep-th/9901001` or `cs.LG/0112017`.
# Source: https://info.arxiv.org/help/arxiv_identifier.html
ARXIV_ID = re.compile(
    r"""
    (?P<id> (?P<new> \d{2} (?:0[1-9]|1[0-2]) ) \. \d{4,5}
        | [a-z-]+ (?:\.[A-Z]{2})? / (?P<old> \d{2} (?:0[1-9]|1[0-2]) ) \d{3}
    )
    (?: v\d+ )?
    """,
    re.VERBOSE | re.ASCII,
)
# arXiv began in 1991, and ids have two digits of the year.
FIRST_YEAR = 91
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

# A page has many papers, and a paper may have hundreds of authors. The BibTeX file has them all.
MOST_AUTHORS = 10


def arxiv_id(paper: Paper) -> str | None:
    """Return a paper's id at arXiv without a version, or None if its id is not one of arXiv's."""
    match = ARXIV_ID.fullmatch(paper.id)
    return match["id"] if match else None


def doi(paper: Paper) -> str | None:
    """Return a paper's DOI: arXiv registers one for each. None if its id is not one of arXiv's.

    Source: https://info.arxiv.org/help/doi.html
    """
    found = arxiv_id(paper)
    return f"10.48550/arXiv.{found}" if found else None


def address(paper: Paper) -> str:
    """Return the address of the paper's page at arXiv, or else at Hugging Face."""
    return links.abstract(paper.id) if arxiv_id(paper) else links.paper_page(paper.id)


def year(paper: Paper) -> str | None:
    """Return the year of a paper's id at arXiv, or None if its id is not one of arXiv's."""
    match = ARXIV_ID.fullmatch(paper.id)
    if not match:
        return None
    number = int((match["new"] or match["old"])[:2])
    return str(1900 + number if match["old"] and number >= FIRST_YEAR else 2000 + number)


def published_on(paper: Paper) -> str | None:
    """Return the day when a paper was published as `2025-12-24`, or only its year, or None."""
    day = DATE.match(paper.published_at or "")
    return day[0] if day else year(paper)


def coins(paper: Paper) -> str:
    """Return a paper's ContextObject, for the attribute `title` of `<span class="Z3988">`.

    It is percent-encoded; the `&` between its parts has to be escaped for HTML. Zotero makes a
    preprint of it, with title, authors, day, DOI and address.
    Source: https://github.com/zotero/utilities/blob/master/openurl.js (parseContextObject)
    """
    number = doi(paper)
    parts = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"),
        ("rft.type", "preprint"),
        ("rft.title", tex.shown(paper.title)),
        *(("rft.au", tex.shown(author)) for author in paper.authors[:MOST_AUTHORS]),
        ("rft.date", published_on(paper)),
        ("rft.publisher", "arXiv" if number else None),
        ("rft_id", f"info:doi/{number}" if number else None),
        ("rft.identifier", address(paper)),
    ]
    return urlencode([part for part in parts if part[1]], safe=":/", quote_via=quote)
