"""How posts and pages look, as the configuration says."""

from dataclasses import dataclass

# Each has a file of texts in `templates/locales/`.
LANGUAGES = ("ko", "en")
DEFAULT_TITLE = "Paperboy"


@dataclass(frozen=True, slots=True)
class PostStyle:
    """How posts look.

    `permalink` may hold `{date}`; `math` turns on the theme's TeX in posts that have any;
    `front_matter` is a JSON object of more front matter; an empty `author` or `permalink` is left
    out. Feeds have the posts' language.
    """

    top: int = 10
    language: str = "ko"
    time_zone: str = "Asia/Seoul"
    author: str = ""
    permalink: str = ""
    math: bool = False
    front_matter: str = "{}"


@dataclass(frozen=True, slots=True)
class SiteStyle:
    """The newspaper's title, in pages and feeds, and the language that pages show first."""

    title: str = DEFAULT_TITLE
    language: str = "ko"
