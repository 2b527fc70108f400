"""How posts and pages look, as the configuration says."""

from dataclasses import dataclass

# Each has a file of texts in `templates/locales/`.
LANGUAGES = ("ko", "en")
DEFAULT_TITLE = "Paperboy"
# Each layout of posts has templates of its own.
LAYOUTS = ("seed", "brief")


@dataclass(frozen=True, slots=True)
class PostStyle:
    """How posts look.

    `permalink` may hold `{date}`; `math` turns on the theme's TeX in posts that have any;
    `front_matter` is a JSON object of more front matter; an empty `author` or `permalink` is left
    out; `layout` is one of `LAYOUTS`. With `topics`, posts have the owner's sections; with
    `only_topics`, they have only papers with a topic. Feeds have the posts' language.
    """

    top: int = 10
    language: str = "ko"
    time_zone: str = "Asia/Seoul"
    author: str = ""
    permalink: str = ""
    math: bool = False
    front_matter: str = "{}"
    layout: str = "seed"
    topics: bool = False
    only_topics: bool = False


@dataclass(frozen=True, slots=True)
class SiteStyle:
    """How pages and feeds look.

    `title` is the newspaper's, and `language` the one that pages show first. With `pictures`, pages
    show thumbnails, which come from the source's hosts. `publisher` and `contact` say on the page
    "About" who publishes; `contact` is an https or mailto address. `rising` is how many votes a
    paper has to gain to be in the feed of rising papers.
    """

    title: str = DEFAULT_TITLE
    language: str = "ko"
    pictures: bool = False
    publisher: str = ""
    contact: str = ""
    rising: int = 20
