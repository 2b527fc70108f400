"""How posts look: the deployment's choices."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostStyle:
    """How posts look: the deployment's choices.

    `permalink` may hold `{date}`; `math` turns the theme's TeX on where a post has any;
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
