"""Random edits of texts, as people, merges and editors make them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

ODD = [
    *(
        "\t",
        "\n",
        "\r\n",
        " ",
        "  ",
        ":",
        ": ",
        "-",
        "- ",
        "?",
        "#",
        "&a ",
        "*a",
        "!",
        "!x ",
        "|\n",
        ">\n",
        "%",
        "@",
    ),
    *(
        "`",
        "'",
        '"',
        "[",
        "]",
        "{",
        "}",
        ",",
        "$",
        "$$",
        "$params.x",
        "<<",
        "<<: *a",
        "~",
        "null",
        "true",
        "0x1F",
    ),
    *(
        "1e999",
        ".nan",
        ".inf",
        "-1",
        "99999999999999999999",
        "\ufeff",
        "\u2028",
        "\x85",
        "\x00",
        "\x07",
        "\x7f",
    ),
    *(
        "é",
        "😀",
        "🍓",
        "\ud800",
        "\u202e",
        "---\n",
        "...\n",
        "[*].",
        "[a=1].",
        "..",
        "../",
        "a" * 100,
        "9" * 50,
    ),
]


class Editor:
    """Makes edits that depend on nothing but the seed and the texts."""

    def __init__(self, seed: int, texts: Sequence[str]) -> None:
        self.random = random.Random(seed)
        self.texts = texts

    def text(self) -> str:
        """Return one of the texts with a few edits."""
        text = self.random.choice(self.texts)
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 8))):
            text = self.random.choice(EDITS)(self, text)
        return text[:20_000]

    def place(self, text: str) -> int:
        """Return a place in the text."""
        return self.random.randint(0, len(text))


def delete(editor: Editor, text: str) -> str:
    at = editor.place(text)
    return text[:at] + text[at + editor.random.choice((1, 1, 1, 2, 5, 20)) :]


def insert(editor: Editor, text: str) -> str:
    at = editor.place(text)
    return text[:at] + editor.random.choice(ODD) + text[at:]


def replace(editor: Editor, text: str) -> str:
    at = editor.place(text)
    return text[:at] + editor.random.choice(ODD) + text[at + 1 :]


def swap(editor: Editor, text: str) -> str:
    at = editor.place(text)
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def cut(editor: Editor, text: str) -> str:
    return text[: editor.place(text)]


def behead(editor: Editor, text: str) -> str:
    return text[editor.place(text) :]


def move_line(editor: Editor, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    line = lines.pop(editor.random.randrange(len(lines)))
    lines.insert(editor.random.randint(0, len(lines)), line)
    return "".join(lines)


def repeat_line(editor: Editor, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = editor.random.randrange(len(lines))
    return "".join([*lines[:at], lines[at], *lines[at:]])


def drop_line(editor: Editor, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    del lines[editor.random.randrange(len(lines))]
    return "".join(lines)


def indent_line(editor: Editor, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = editor.random.randrange(len(lines))
    spaces = editor.random.choice((-2, -1, 1, 2, 4, 70))
    lines[at] = " " * spaces + lines[at] if spaces > 0 else lines[at][-spaces:]
    return "".join(lines)


def splice(editor: Editor, text: str) -> str:
    """Put some lines of another text in."""
    other = editor.random.choice(editor.texts).splitlines(keepends=True) or [""]
    start = editor.random.randrange(len(other))
    lines = text.splitlines(keepends=True)
    at = editor.random.randint(0, len(lines))
    return "".join([*lines[:at], *other[start : start + editor.random.randint(1, 6)], *lines[at:]])


def other_word(editor: Editor, text: str) -> str:
    """Replace a word by one of another text."""
    words, others = text.split(), editor.random.choice(editor.texts).split()
    if not words or not others:
        return text
    return text.replace(editor.random.choice(words), editor.random.choice(others), 1)


def nest(editor: Editor, text: str) -> str:
    at = editor.place(text)
    depth = editor.random.choice((2, 10, 70, 300))
    left, right = editor.random.choice((("[", "]"), ("{a: ", "}"), ("- ", ""), ("{", "}")))
    return text[:at] + left * depth + editor.random.choice(("x", "")) + right * depth + text[at:]


EDITS: Sequence[Callable[[Editor, str], str]] = (
    *(delete, insert, replace, swap, cut, behead, move_line, repeat_line, drop_line, indent_line),
    *(splice, splice, other_word, other_word, other_word, nest),
)
