"""Make `messages.jsonl`: letters to a town library, each with the desk that answers it.

Nobody's letters: they are put together from the sentences below by one seed, with the standard
library alone, so that the file is the same on every machine. Run it in this folder:
`python generate.py`.

To keep a classifier honest, two letters in five also touch a second matter, greetings
and closings are the same for all, and three in a hundred went to the wrong desk.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

SEED = 1905
LETTERS = 800
WANDERING = 0.4
MISFILED = 0.03

THINGS = {
    "title": (
        "the atlas",
        "a novel",
        "the cookbook",
        "the comic",
        "the film score",
        "a dictionary",
    ),
    "event": ("the reading", "the chess evening", "the puppet show", "the writing course"),
    "place": ("the reading room", "the second floor", "the children's corner", "the garden"),
    "day": ("Monday", "Tuesday", "Friday", "Saturday", "the weekend", "next month"),
    "number": ("two", "three", "five", "a dozen"),
}

SENTENCES = {
    "loans": (
        "I would like to keep {title} for {number} more weeks.",
        "Is {title} on the shelf, or has someone borrowed it?",
        "The copy of {title} that I took home lacks {number} pages.",
        "Please reserve {title} for me until {day}.",
        "I returned {title} on {day}, and it is still on my list.",
        "Could you order {title} from another library?",
        "How long may I keep {title}?",
    ),
    "events": (
        "Are there seats left for {event} on {day}?",
        "At what time does {event} begin?",
        "My daughter and I enjoyed {event} very much.",
        "We would like to bring {number} friends to {event}.",
        "Who is the speaker at {event}?",
        "Will {event} be held again on {day}?",
        "Please put me on the waiting list for {event}.",
    ),
    "account": (
        "My card does not open the web page any more.",
        "I have moved, and my address with you is the old one.",
        "You asked me for a fee of {number} euros that I have paid.",
        "I lost my card on {day} and need a new one.",
        "How do I change the password of my account?",
        "My son is twelve now: may he have a card of his own?",
        "Please delete my account and all that is stored about me.",
    ),
    "building": (
        "The lamp in {place} has been flickering since {day}.",
        "It is too cold in {place} to sit there for long.",
        "Is the lift to {place} working again?",
        "The door of {place} was locked on {day}.",
        "There are only {number} chairs in {place}.",
        "Could the printer in {place} be mended?",
        "Is {place} open on {day}?",
    ),
}

GREETINGS = ("", "Good morning.", "Dear library,", "Hello,", "Dear all,")
CLOSINGS = (
    "",
    "Thank you.",
    "Many thanks in advance.",
    "Kind regards",
    "I look forward to your answer.",
)
ASIDES = ("By the way:", "One more thing:", "Also,", "While I am writing:")


def sentence(random: Random, desk: str) -> str:
    """Return a sentence about a desk's matters, its gaps filled."""
    template = random.choice(SENTENCES[desk])
    return template.format(**{gap: random.choice(words) for gap, words in THINGS.items()})


def letter(random: Random, number: int) -> dict[str, str]:
    """Return one letter with its id, its text and its desk."""
    desks = list(SENTENCES)
    desk = random.choice(desks)
    parts = [random.choice(GREETINGS), sentence(random, desk)]
    if random.random() < WANDERING:
        other = random.choice(desks)
        aside = f"{random.choice(ASIDES)} {sentence(random, other)}"
        # In passing, but not always at the end: position alone must not give the answer away.
        parts.insert(random.randint(1, 2), aside)
    parts.append(random.choice(CLOSINGS))
    if random.random() < MISFILED:
        desk = random.choice(desks)
    return {"id": f"L{number:04d}", "text": " ".join(filter(None, parts)), "label": desk}


def write(path: Path) -> None:
    """Write all letters as JSON lines."""
    random = Random(SEED)
    lines = [json.dumps(letter(random, number)) + "\n" for number in range(1, LETTERS + 1)]
    path.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).with_name("messages.jsonl"))
