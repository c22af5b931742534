"""Nothing from outside reaches a terminal but what can be seen, and what can be read stays readable."""

import os
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dofisac_tui.display import display_text

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ANY_TEXT = st.text(st.characters())  # every code point, surrogates too


@given(st.one_of(ANY_TEXT, st.binary()))
@example("\x1b]0;title\x07\x1b[31m\x9b2J\x7f" + BIDI + "\u2028\u2029\x85\udcff\ud800")
def test_no_control_character_ever_comes_out(text: str | bytes) -> None:
    shown = display_text(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp", "Cn", "Co"}
    assert not set(shown) & set(BIDI)
    assert len(shown.splitlines()) <= 1
    shown.encode()


@given(st.one_of(ANY_TEXT, st.binary()), st.integers(1, 40))
def test_the_length_is_capped_and_showing_twice_changes_nothing(text: str | bytes, limit: int) -> None:
    shown = display_text(text, limit)
    assert len(shown) <= limit
    assert display_text(shown, limit) == shown


@pytest.mark.parametrize(
    "text",
    [
        "holiday 2019/été à la plage.jpg",
        "unser Urlaub (2).jpeg",
        "e\u0301 and a\u0308\u0323",  # combining marks
        "日本語の写真.png",
        "צילום של אמא",  # right to left without any override
        "تصوير عائلي",
        "नमस्ते \u0915\u094d\u200d\u0937",  # a joiner that shapes letters
        "👩\u200d👩\u200d👧 🏳️\u200d🌈 👍🏽 🇩🇪",
        "a\u00a0b\u3000c",  # spaces of other widths
        r"C:\new\x1b [bold]not markup[/bold]",
    ],
)
def test_what_can_be_read_stays_as_it_is(text: str) -> None:
    assert display_text(text) == text
    assert display_text(text.encode()) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("tab\tline\nbell\a", r"tab\x09line\x0abell\x07"),
        ("\x9b\x7f\x00", r"\x9b\x7f\x00"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("a\u2028b\ufeff", r"a\u2028b\ufeff"),
        ("\U000e0041\U0010ffff\ue000", r"\U000e0041\U0010ffff\ue000"),
        (os.fsdecode(b"caf\xe9.jpg"), r"caf\xe9.jpg"),
        (b"caf\xe9\xff", r"caf\xe9\xff"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out(text: str | bytes, shown: str) -> None:
    assert display_text(text) == shown


def test_a_long_text_is_cut_with_a_sign() -> None:
    assert display_text("x" * 1000) == "x" * 1000
    assert display_text("x" * 1001) == "x" * 999 + "…"
    assert display_text("\x1b" * 10**6, 10) == r"\x1b\x1b\…"
