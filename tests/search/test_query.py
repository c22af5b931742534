"""The query line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dofisac_tui.errors import QueryError
from dofisac_tui.search.query import LONGEST, Query, parse_query

pieces = st.sampled_from(
    [
        "-",
        '"',
        "\\",
        "after:",
        "before:",
        "in:",
        "p>",
        "0.8",
        "80",
        "1",
        "@",
        ":",
        " ",
        "2019",
        "-07",
        "beach",
        "é",
        "\udcff",
    ]
)


def test_every_term() -> None:
    line = 'beach "red car" -sunset -"two dogs" after:2019 before:2021-06 in:holidays in:"Summer 20" p>0.8'
    assert parse_query(line) == Query(
        text="beach red car",
        without=("sunset", "two dogs"),
        after="2019",
        before="2021-06",
        folders=("holidays", "Summer 20"),
        likelihood=0.8,
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("black - white", "black - white"),
        ('"-sunset"', "-sunset"),
        ('"in:holidays"', "in:holidays"),
        ("3:4 :)", "3:4 :)"),
        ('a 5" nail', 'a 5" nail'),
        (r'"a \"big\" dog"', 'a "big" dog'),
        ("  spaces\t between ", "spaces between"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
    ],
)
def test_words(line: str, text: str) -> None:
    assert parse_query(line) == Query(text=text)


@pytest.mark.parametrize(
    ("term", "likelihood"),
    [
        ("p>0", 0.0),
        ("p>.8", 0.8),
        ("p>0.8", 0.8),
        ("p>1", 1.0),
        ("p>1.5", 0.015),
        ("p>80", 0.8),
        ("p>12.34", 0.1234),
        ("p>99.9999", 1.0),
        ("p>100", 1.0),
    ],
)
def test_a_probability_above_1_is_a_percentage(term: str, likelihood: float) -> None:
    assert parse_query(term).likelihood == likelihood
    assert parse_query(str(parse_query(term))) == parse_query(term)


def test_a_filter_given_twice_must_hold_twice() -> None:
    query = parse_query("after:2019 after:2020-05 before:2022 before:2021 p>0.5 p>.7")
    assert (query.after, query.before, query.likelihood) == ("2020-05", "2021", 0.7)


@pytest.mark.parametrize(
    ("line", "place", "what"),
    [
        ('beach "red car', 7, "not closed"),
        ("beach after:2019-13", 7, "2019-13 is not a date"),
        ("after:yesterday", 1, "not a date"),
        ("afer:2019", 1, "no filter called afer:"),
        ("in: holidays", 1, "in: has no value"),
        ("x -in:holidays", 3, "cannot be left out"),
        ("p>101", 1, "probability"),
        ("p>80%", 1, "probability"),
        ("p>0.80000", 1, "probability"),
        ("p<0.5", 1, "probability"),
        ('a @""', 3, "cannot be a name"),
        ('a -""', 3, "nothing stands between the quotes"),
        ("a \udcff", 3, "not text"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(line: str, place: int, what: str) -> None:
    with pytest.raises(QueryError, match=rf"at character {place}: .*{what}") as caught:
        parse_query(line)
    assert caught.value.hint


def test_a_near_miss_is_named() -> None:
    with pytest.raises(QueryError, match="Did you mean after:"):
        parse_query("aftr:2019")


@pytest.mark.parametrize("line", ["", "  \t ", "x" * (LONGEST + 1)])
def test_empty_and_endless_searches_are_refused(line: str) -> None:
    with pytest.raises(QueryError):
        parse_query(line)


@given(st.one_of(st.text(max_size=60), st.lists(pieces, max_size=12).map("".join)))
def test_any_line_is_read_or_refused_and_prints_as_what_it_means(line: str) -> None:
    try:
        query = parse_query(line)
    except QueryError:
        return
    assert parse_query(str(query)) == query


def test_persons_are_named_with_an_at_sign_in_quotes_where_there_are_spaces() -> None:
    query = parse_query('@anna @"Bob  Lee" -@carl beach "@home"')
    assert query == Query("beach @home", people=("anna", "Bob Lee"), without_people=("carl",))
    assert str(query) == '@anna @"Bob Lee" "beach @home" -@carl'
