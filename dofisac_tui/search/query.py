"""The query line: `beach "red car" -sunset after:2019 before:2021-06 in:holidays p>80`."""

import datetime
import difflib
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from dofisac_tui.display import display_text
from dofisac_tui.errors import QueryError

LONGEST = 1000
FILTERS = ("after", "before", "in")

_TERM = re.compile(
    r"""(?P<minus>-(?=\S))?                     # what follows is to be left out
        (?P<at>@(?=\S))?                       # what follows is the name of a person
        (?:(?P<filter>[^\W\d_]+):(?=\S))?       # a name and a colon, with a value behind them
        (?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>\S+))""",
    re.VERBOSE | re.DOTALL,
)
_SPACES = re.compile(r"\s*")
_LIKELIHOOD = re.compile(r"p>(\d{1,3}(?:\.\d{0,4})?|\.\d{1,4})", re.ASCII)
_LIKE_A_LIKELIHOOD = re.compile(r"p[<>=]")
_WITHOUT_VALUE = re.compile(rf"({'|'.join(FILTERS)}):", re.IGNORECASE)
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)


class Query(NamedTuple):
    """The parts of a search. `str()` of it is a query line that means the same.

    Attributes:
        text: The words a photo should fit, one after the other; empty where there are none.
        without: Words that a photo should not fit, each a text of its own.
        after: Only photos taken from the start of this year, month or day on (ISO 8601).
        before: Only photos taken earlier than the start of this year, month or day.
        folders: Only photos whose folder's path holds each of these, in any case.
        people: Names of persons who should be in the photo.
        without_people: Names of persons who should not.
        likelihood: Only photos at least this likely to match, 0 to 1; None where the settings decide.
    """

    text: str = ""
    without: tuple[str, ...] = ()
    after: str | None = None
    before: str | None = None
    folders: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    without_people: tuple[str, ...] = ()
    likelihood: float | None = None

    @property
    def needs_words(self) -> bool:
        """True if an engine that embeds words is needed to answer it."""
        return bool(self.text or self.without)

    def __str__(self) -> str:
        words = self.text.split()
        terms = [f"@{_value(name)}" for name in self.people]
        terms += words if all(_is_plain(word) for word in words) else [quoted(self.text)]
        terms += [f"-@{_value(name)}" for name in self.without_people]
        terms += [f"-{_value(text)}" for text in self.without]
        terms += [f"after:{self.after}"] if self.after else []
        terms += [f"before:{self.before}"] if self.before else []
        terms += [f"in:{_value(folder)}" for folder in self.folders]
        terms += [f"p>{self.likelihood}"] if self.likelihood is not None else []
        return " ".join(terms)


def parse_query(line: str) -> Query:
    """Read a query line.

    Terms stand between spaces. Quotes keep together what belongs to one term, and take the meaning from signs; a
    quote or a backslash in them is written `\\"` or `\\\\`. A filter given twice must hold twice.

    Raises:
        QueryError: it is empty, too long, or a term cannot be understood; the title names the place.
    """
    if len(line) > LONGEST:
        raise QueryError(f"The search is longer than {LONGEST} characters", "Use fewer words.")
    found = _Terms()
    position = _after_spaces(line, 0)
    while position < len(line):
        term = _TERM.match(line, position)
        if term is None or (term["word"] or "").startswith('"'):
            raise _misread(position, "a quote is opened and not closed", 'Write a second " behind the words.')
        _take(found, term)
        position = _after_spaces(line, term.end())
    if found == _Terms():
        raise QueryError("The search is empty", "Write what to look for, such as: beach after:2019")
    return found.query()


@dataclass
class _Terms:
    """The terms of a line, as they are read."""

    words: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    without_people: list[str] = field(default_factory=list)
    likelihoods: list[float] = field(default_factory=list)

    def query(self) -> Query:
        return Query(
            text=" ".join(self.words),
            without=tuple(self.without),
            after=max(self.after, default=None),
            before=min(self.before, default=None),
            folders=tuple(self.folders),
            people=tuple(self.people),
            without_people=tuple(self.without_people),
            likelihood=max(self.likelihoods, default=None),
        )


def _take(found: _Terms, term: re.Match[str]) -> None:
    if term["at"]:
        (found.without_people if term["minus"] else found.people).append(_name(term))
    elif term["filter"]:
        _take_filter(found, term)
    elif term["quoted"] is None and not term["minus"] and _LIKE_A_LIKELIHOOD.match(term["word"]):
        found.likelihoods.append(_likelihood(term))
    else:
        (found.without if term["minus"] else found.words).append(_words(term))


def _take_filter(found: _Terms, term: re.Match[str]) -> None:
    name, value = term["filter"].lower(), _text(term)
    if name not in FILTERS:
        near = difflib.get_close_matches(name, FILTERS, n=1)
        hint = f"Did you mean {near[0]}:?" if near else f"There are {', '.join(f'{each}:' for each in FILTERS)}."
        title = f"there is no filter called {display_text(name)}:"
        raise _misread(term.start(), title, f"{hint} To search for the words, put them in quotes.")
    if term["minus"]:
        raise _misread(term.start(), f"{name}: cannot be left out with a minus", "Leave out words only.")
    if name == "in":
        found.folders.append(value)
    else:
        (found.after if name == "after" else found.before).append(_date(term, value))


def _name(term: re.Match[str]) -> str:
    text = " ".join(((term["filter"] or "") + ":" * bool(term["filter"]) + _text(term)).split())
    if not text.isprintable() or not text:
        raise _misread(
            term.start(), "this cannot be a name", 'Write a name behind the @, such as @anna or @"anna lee".'
        )
    return text


def _words(term: re.Match[str]) -> str:
    text = " ".join(_text(term).split())
    if not text:
        raise _misread(term.start(), "nothing stands between the quotes", "Write words there, or leave it out.")
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise _misread(term.start(), "there are bytes that are not text", "Type it in UTF-8.")
    if term["quoted"] is None and _WITHOUT_VALUE.fullmatch(text):
        raise _misread(term.start(), f"{text} has no value", f"Write it without a space, such as {text}2019")
    return text


def _text(term: re.Match[str]) -> str:
    return term["word"] if term["quoted"] is None else re.sub(r"\\(.)", r"\1", term["quoted"], flags=re.DOTALL)


def _likelihood(term: re.Match[str]) -> float:
    """Read a probability, or a percentage where the number is above 1."""
    match = _LIKELIHOOD.fullmatch(term["word"])
    number = float(match[1]) if match else 101.0
    if number > 100:
        hint = "Write a percentage or a number between 0 and 1, with up to four digits, such as p>80 or p>0.8"
        raise _misread(term.start(), "p> takes a probability", hint)
    return number if number <= 1 else round(number / 100, 4)


def _date(term: re.Match[str], value: str) -> str:
    try:
        if not _DATE.fullmatch(value):
            raise ValueError(value)
        datetime.date.fromisoformat(value + "-01-01"[len(value) - 4 :])
    except ValueError:
        hint = "Write a year, a month or a day, such as 2019, 2019-07 or 2019-07-14."
        raise _misread(term.start(), f"{display_text(value)} is not a date", hint) from None
    return value


def _misread(position: int, what: str, hint: str) -> QueryError:
    return QueryError(f"The search cannot be read at character {position + 1}: {what}", hint)


def _after_spaces(line: str, position: int) -> int:
    spaces = _SPACES.match(line, position)
    return spaces.end() if spaces else position


def _is_plain(word: str) -> bool:
    """Return True if a word on its own is read as just that word."""
    term = _TERM.fullmatch(word)
    return bool(
        term
        and term["word"] == word
        and not word.startswith(('"', "@"))
        and not _LIKE_A_LIKELIHOOD.match(word)
        and not _WITHOUT_VALUE.fullmatch(word)
    )


def _value(text: str) -> str:
    return text if _is_plain(text) else quoted(text)


def quoted(text: str) -> str:
    """Return the text as one term of a query line, with nothing in it read as a sign."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
