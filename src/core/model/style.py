"""The style of posts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostStyle:
    """How posts look, as the deployment's settings say.

    `permalink` may hold `{date}`; `math` turns on the theme's TeX in posts that have any;
    `front_matter` is a JSON object of more front matter; an empty `author` or `permalink` is left
    out.
    """

    top: int = 10
    locale: str = "ko"
    time_zone: str = "Asia/Seoul"
    author: str = ""
    permalink: str = ""
    math: bool = False
    front_matter: str = "{}"
