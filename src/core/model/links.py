"""Where a paper and a day's papers are found on the web.

The addresses are percent-encoded, so that they can stand in a post, a page, and a feed.
"""

from datetime import date
from urllib.parse import quote

HUGGING_FACE = "https://huggingface.co/papers"
ARXIV = "https://arxiv.org"


def day_page(day: date) -> str:
    """Return Hugging Face's page of a day's papers."""
    return f"{HUGGING_FACE}/date/{day}"


def paper_page(paper_id: str) -> str:
    """Return Hugging Face's page of a paper."""
    return f"{HUGGING_FACE}/{_quoted(paper_id)}"


def abstract(paper_id: str) -> str:
    """Return arXiv's page of a paper."""
    return f"{ARXIV}/abs/{_quoted(paper_id)}"


def pdf(paper_id: str) -> str:
    """Return the paper itself."""
    return f"{ARXIV}/pdf/{_quoted(paper_id)}"


def is_plain(paper_id: str) -> bool:
    """Tell whether an id is the same in every address, as all of arXiv's are of today's kind."""
    return paper_id.isascii() and paper_id.replace(".", "").isalnum()


def _quoted(paper_id: str) -> str:
    # A day's ids stand in a thousand addresses; `quote` takes 2 µs.
    return paper_id if is_plain(paper_id) else quote(paper_id)
