"""The addresses of papers and days on other sites, percent-encoded for posts, pages and feeds."""

from datetime import date
from urllib.parse import quote

from core.model import dates

HUGGING_FACE = "https://huggingface.co/papers"
ARXIV = "https://arxiv.org"
ALPHAXIV = "https://www.alphaxiv.org"


def day_page(day: date) -> str:
    """Return Hugging Face's page of a day's papers."""
    return f"{HUGGING_FACE}/date/{day}"


def week_page(monday: date) -> str:
    """Return Hugging Face's page of a week's papers."""
    return f"{HUGGING_FACE}/week/{dates.iso_week(monday)}"


def paper_page(paper_id: str) -> str:
    """Return Hugging Face's page of a paper."""
    return f"{HUGGING_FACE}/{quote(paper_id)}"


def abstract(paper_id: str) -> str:
    """Return arXiv's page of a paper."""
    return f"{ARXIV}/abs/{quote(paper_id)}"


def pdf(paper_id: str) -> str:
    """Return arXiv's PDF of a paper."""
    return f"{ARXIV}/pdf/{quote(paper_id)}"


def alphaxiv(paper_id: str) -> str:
    """Return alphaXiv's page of a paper, where readers discuss it line by line."""
    return f"{ALPHAXIV}/abs/{quote(paper_id)}"
