"""Which texts the pages say, and what the catalogues of messages lack. `python tests/web/catalogues.py` prints it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.template.base import Lexer, TokenType

WEB = Path(__file__).resolve().parents[2] / "src" / "balm" / "web"
LOCALES = ("zh_Hans", "zh_Hant")
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
}

_TRANS = re.compile(r"""^trans(?:late)?\s+("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?:.*?\bcontext\s+("[^"]*"|'[^']*'))?""")
_INLINE = re.compile(r"""_\(("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)""")


@dataclass(frozen=True)
class Message:
    """One text: its context (mostly none), the singular, and the plural where it has one."""

    context: str | None
    text: str
    plural: str | None = None


def apps() -> list[Path]:
    """The folders of the apps."""
    return sorted(p.parent for p in WEB.glob("*/__init__.py"))


def said(app: Path) -> set[Message]:
    """Every text that the app's templates and modules say."""
    found: set[Message] = set()
    for path in [*app.rglob("*.html"), *app.rglob("*.txt")]:
        found |= set(_in_template(path.read_text("utf-8"), path))
    for path in app.rglob("*.py"):
        with path.open("rb") as file:
            for _, text, _, context in extract("python", file, keywords=KEYWORDS, options={"encoding": "utf-8"}):
                parts = text if isinstance(text, tuple) else (text,)
                if parts[0]:
                    found.add(Message(context or None, parts[0], parts[1] if len(parts) > 1 else None))
    return found


def _in_template(source: str, path: Path) -> Iterator[Message]:
    body: list[str] = []
    plural: list[str] | None = None
    inside: str | None = None
    for token in Lexer(source).tokenize():
        content = token.contents.strip()
        word = content.split(None, 1)[0] if content else ""
        if inside is not None:
            if token.token_type == TokenType.BLOCK and word in ("endblocktrans", "endblocktranslate"):
                trimmed = " trimmed" in f" {inside}"
                context = re.search(r"""\bcontext\s+["']([^"']*)["']""", inside)
                parts = [_flat("".join(p), trimmed) for p in (body, plural) if p is not None]
                yield Message(context[1] if context else None, parts[0], parts[1] if len(parts) > 1 else None)
                inside = None
            elif token.token_type == TokenType.BLOCK and word == "plural":
                plural = []
            elif token.token_type == TokenType.VAR:
                (body if plural is None else plural).append(f"%({content})s")
            elif token.token_type == TokenType.TEXT:
                (body if plural is None else plural).append(token.contents.replace("%", "%%"))
            else:
                raise AssertionError(f"{path}: {{% {content} %}} inside a blocktrans")
            continue
        if token.token_type == TokenType.BLOCK and word in ("blocktrans", "blocktranslate"):
            inside, body, plural = content, [], None
        elif token.token_type == TokenType.BLOCK and (match := _TRANS.match(content)):
            yield Message(_unquoted(match[2]) if match[2] else None, _unquoted(match[1]).replace("%", "%%"))
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for match in _INLINE.finditer(content):
                yield Message(None, _unquoted(match[1]).replace("%", "%%"))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _flat(text: str, trimmed: bool) -> str:
    return " ".join(line.strip() for line in text.strip().splitlines()) if trimmed else text


def catalogue(app: Path, locale: str) -> dict[tuple[str | None, str], list[str]]:
    """(context, text) → translations; an empty one where it is missing or fuzzy."""
    path = app / "locale" / locale / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        read = read_po(file, locale=None, abort_invalid=True)
    found: dict[tuple[str | None, str], list[str]] = {}
    for message in read:
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            done = [] if message.fuzzy else [s for s in strings if s]
            found[message.context or None, ids[0]] = done
    return found


def missing(locale: str) -> dict[Path, list[Message]]:
    """App → what it says that no app's catalogue translates."""
    known: dict[tuple[str | None, str], list[str]] = {}
    for app in apps():
        known |= {key: text for key, text in catalogue(app, locale).items() if text}
    lacking = {
        app: sorted(
            (m for m in said(app) if not known.get((m.context, m.text))), key=lambda m: (m.text, m.context or "")
        )
        for app in apps()
    }
    return {app: messages for app, messages in lacking.items() if messages}


def skeleton(message: Message) -> str:
    """The entry a translator fills."""

    def quoted(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'

    lines = [f"msgctxt {quoted(message.context)}"] if message.context else []
    lines.append(f"msgid {quoted(message.text)}")
    if message.plural:
        lines += [f"msgid_plural {quoted(message.plural)}", 'msgstr[0] ""']
    else:
        lines.append('msgstr ""')
    return "\n".join(lines)


if __name__ == "__main__":
    for locale in sys.argv[1:] or LOCALES:
        for app, messages in missing(locale).items():
            print(f"# {app.name}: {locale}, {len(messages)} missing")
            for message in messages:
                print(skeleton(message), end="\n\n")
