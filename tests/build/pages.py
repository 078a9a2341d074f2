"""What tests of built pages read them with."""

from html.parser import HTMLParser

N, W = "\u202f", "\u00a0"  # a narrow no-break space, and a wide one
ENGLISH = {"Title": "I have swimming", "Excuse": "Sorry, swimming.", "Answer": "So do we.", "Share": "Splash."}


class Reader(HTMLParser):
    """The tags of a page, and the JSON in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag if tag != "script" or dict(attrs).get("type") == "application/ld+json" else ""

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.text[self._open] = self.text.get(self._open, "") + data

    def find(self, tag: str, **attrs: str) -> dict[str, str | None]:
        return next(got for name, got in self.tags if name == tag and attrs.items() <= got.items())
