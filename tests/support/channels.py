"""Loopback servers of Slack, Discord and Telegram that refuse what the real ones refuse.

Sources: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
https://docs.slack.dev/reference/block-kit/blocks,
https://docs.discord.com/developers/resources/message#embed-object-embed-limits and
https://core.telegram.org/bots/api#html-style
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from html.parser import HTMLParser
from typing import Any

from core.model.announcement import ChannelName, Message
from core.model.errors import AnnounceError, AnnounceUnavailable
from core.model.ports import Remaining
from tests.support.servers import JSON, Answer, Request, Script, http_server

TEXT = {"Content-Type": "text/plain"}
SLACK_PATH = "/services/T0AAAAAAA/B0BBBBBBB/cccccccccccccccccccccccc"
DISCORD_PATH = "/api/webhooks/112233445566778899/dddddddddddddddddddddddddddddddd"
BOT = "123456789:AAeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
CHAT = "-1001234567890"
TELEGRAM_PATH = f"/bot{BOT}/sendMessage"
# Telegram's tags that we may use, with the attributes of each.
TAGS: Mapping[str, set[str]] = {
    "b": set(), "i": set(), "u": set(), "s": set(), "a": {"href"}, "code": set(), "pre": set()
}  # fmt: skip
REFERENCES = {"lt", "gt", "amp", "quot"}
Json = dict[str, Any]


class FakeChannel:
    """Keeps the messages that it was sent; first it raises the errors that it was given."""

    def __init__(self, *errors: AnnounceError, remaining: Remaining = lambda: 60.0) -> None:
        self.messages: list[Message] = []
        self.asked = 0
        self._errors, self._remaining = list(errors), remaining

    def send(self, message: Message) -> None:
        self.asked += 1
        if self._remaining() <= 0:
            raise AnnounceUnavailable("the time for announcements is over")
        if self._errors:
            raise self._errors.pop(0)
        self.messages.append(message)


class Refused(Exception):
    """What a server says against a message."""


class Service:
    """A channel's server: it keeps the messages that it took, and all requests."""

    def __init__(self, name: ChannelName) -> None:
        self.name = name
        self.url = ""
        self.requests: list[Request] = []
        self.taken: list[Json] = []
        # The same, but the client never hears of it.
        self.is_silent = False
        self._script = Script()

    def script(self, *answers: Answer) -> None:
        """Give these answers to the next requests, which are not taken."""
        self._script.add(answers)

    def answer(self, request: Request) -> Answer:
        """Note a request, and answer it as the service does."""
        self.requests.append(request)
        if scripted := self._script.next():
            return scripted
        path, check, good, bad, missing = SERVICES[self.name]
        if request.path != path or request.method != "POST":
            return missing
        try:
            if not request.headers.get("content-type", "").startswith("application/json"):
                raise Refused("no JSON")
            document = json.loads(request.body)
            check(document)
        except (Refused, ValueError, KeyError, TypeError) as error:
            return bad(f"{error}")
        self.taken.append(document)
        return Answer(reset=True) if self.is_silent else good


@contextmanager
def service(name: ChannelName) -> Iterator[Service]:
    """Run a channel's server; its `url` is that of the webhook, or the base of Telegram's API."""
    made = Service(name)
    with http_server(made.answer) as base:
        made.url = base if name == ChannelName.TELEGRAM else base + SERVICES[name][0]
        yield made


def length(text: str) -> int:
    """Return a text's length in UTF-16 code units: no fewer than characters."""
    return len(text.encode("utf-16-le")) // 2


def _need(condition: object, problem: str) -> None:
    if not condition:
        raise Refused(problem)


def check_slack(document: Json) -> None:
    """Raise `Refused` for what Slack's webhooks refuse with `invalid_blocks`."""
    _need(document.keys() <= {"text", "blocks", "unfurl_links", "unfurl_media"}, "keys")
    _need(isinstance(document["text"], str) and document["text"], "no_text")
    _need(not re.search(r"<(?!$)|>", document["text"]), "text with control sequences")
    blocks = document["blocks"]
    _need(isinstance(blocks, list) and 1 <= len(blocks) <= 50, "1 to 50 blocks")
    texts = [text for block in blocks for text in _slack_block(block)]
    _need(all(1 <= length(text) <= 3000 for text in texts), "a text of 1 to 3000 characters")
    _need(sum(map(length, texts)) <= 13_000, "msg_blocks_too_long")


def _slack_block(block: Json) -> Iterator[str]:
    match block["type"]:
        case "header":
            _need(block["text"]["type"] == "plain_text", "a header is plain text")
            _need(length(block["text"]["text"]) <= 150, "a header of at most 150 characters")
            yield block["text"]["text"]
        case "rich_text":
            for section in block["elements"]:
                _need(section["type"] == "rich_text_section", "a section")
                for element in section["elements"]:
                    yield from _slack_element(element)
        case "section":
            yield block["text"]["text"]
        case other:
            raise Refused(f"a block of type {other}")


def _slack_element(element: Json) -> Iterator[str]:
    _need(element["type"] in ("text", "link"), "an element that is text or a link")
    _need(element.keys() <= {"type", "text", "url", "style"}, "an element's keys")
    if element["type"] == "link":
        _need(re.fullmatch(r"https?://[!-~]+", element["url"]), "a link's address")
    yield element["text"]


def check_discord(document: Json) -> None:
    """Raise `Refused` for what Discord's webhooks refuse as an invalid form body."""
    _need(document.keys() <= {"content", "embeds", "allowed_mentions"}, "keys")
    _need(length(document["content"]) <= 2000, "Must be 2000 or fewer in length.")
    embeds = document["embeds"]
    _need(len(embeds) <= 10, "Must be 10 or fewer in length.")
    _need(document["content"] or embeds, "Cannot send an empty message")
    for embed in embeds:
        _need(embed.keys() <= {"title", "description", "url", "color"}, "an embed's keys")
        _need(1 <= length(embed["title"]) <= 256, "Must be 256 or fewer in length.")
        _need(length(embed.get("description", "")) <= 4096, "Must be 4096 or fewer in length.")
        _need(re.fullmatch(r"https?://[!-~]{1,2040}", embed.get("url", "http://x")), "a URL")
    texts = [embed[name] for embed in embeds for name in ("title", "description") if name in embed]
    _need(sum(map(length, texts)) <= 6000, "Embed size exceeds maximum size of 6000")
    _need(document["allowed_mentions"] == {"parse": []}, "mentions")


class _Html(HTMLParser):
    """Telegram's HTML: few tags, which are closed in order, and few references."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text = ""
        self.links: list[tuple[str, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        _need(tag in TAGS, f"Unsupported start tag {tag}")
        _need({name for name, _ in attrs} <= TAGS[tag], f"attributes of {tag}")
        if tag == "a":
            self.links.append((dict(attrs)["href"] or "", ""))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        _need(self._open and self._open.pop() == tag, f"Unexpected end tag {tag}")

    def handle_data(self, data: str) -> None:
        _need("<" not in data and ">" not in data, "an unescaped < or >")
        self._add(data)

    def handle_entityref(self, name: str) -> None:
        _need(name in REFERENCES, f"the reference {name}")
        self._add(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self._add(unescape(f"&#{name};"))

    def handle_comment(self, data: str) -> None:
        raise Refused("a comment")

    def handle_decl(self, decl: str) -> None:
        raise Refused("a declaration")

    def handle_pi(self, data: str) -> None:
        raise Refused("an instruction")

    def end(self) -> None:
        """Read the rest. Raises `Refused` for a tag that is not closed."""
        self.close()
        _need(not self._open, "a tag that is not closed")

    def _add(self, text: str) -> None:
        self.text += text
        if "a" in self._open:
            href, shown = self.links[-1]
            self.links[-1] = href, shown + text


def telegram_html(text: str) -> _Html:
    """Return a message's HTML as Telegram reads it. Raises `Refused`."""
    parser = _Html()
    parser.feed(text)
    parser.end()
    return parser


def check_telegram(document: Json) -> None:
    """Raise `Refused` for what `sendMessage` refuses."""
    _need(str(document["chat_id"]) == CHAT, "chat not found")
    _need(document["parse_mode"] == "HTML", "parse mode")
    try:
        shown = telegram_html(document["text"]).text
    except Refused as error:
        raise Refused(f"can't parse entities: {error}") from error
    _need(shown.strip(), "message text is empty")
    _need(length(shown) <= 4096, "message is too long")


def _slack_bad(_: str) -> Answer:
    return Answer(400, b"invalid_blocks", TEXT)


def _discord_bad(problem: str) -> Answer:
    said = {"message": "Invalid Form Body", "code": 50035, "errors": {"_errors": [problem]}}
    return Answer(400, json.dumps(said).encode())


def _telegram_bad(problem: str) -> Answer:
    said = {"ok": False, "error_code": 400, "description": f"Bad Request: {problem}"}
    return Answer(400, json.dumps(said).encode())


SERVICES: Mapping[
    ChannelName,
    tuple[str, Callable[[Json], None], Answer, Callable[[str], Answer], Answer],
] = {
    ChannelName.SLACK: (
        SLACK_PATH,
        check_slack,
        Answer(200, b"ok", TEXT),
        _slack_bad,
        Answer(403, b"invalid_token", TEXT),
    ),
    ChannelName.DISCORD: (
        DISCORD_PATH,
        check_discord,
        Answer(204, b"", {}),
        _discord_bad,
        Answer(401, b'{"message": "Invalid Webhook Token", "code": 50027}'),
    ),
    ChannelName.TELEGRAM: (
        TELEGRAM_PATH,
        check_telegram,
        Answer(200, b'{"ok": true, "result": {"message_id": 1}}'),
        _telegram_bad,
        Answer(401, b'{"ok": false, "error_code": 401, "description": "Unauthorized"}'),
    ),
}
# What each says to a client that is too fast.
TOO_FAST = {
    ChannelName.SLACK: Answer(429, b"rate_limited", {**TEXT, "Retry-After": "1"}),
    ChannelName.DISCORD: Answer(
        429, b'{"message": "slowly", "retry_after": 0.65, "global": false}'
    ),
    ChannelName.TELEGRAM: Answer(
        429,
        b'{"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 1",'
        b' "parameters": {"retry_after": 1}}',
        JSON,
    ),
}
