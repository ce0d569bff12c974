"""The scan of what leaves knows a date, a time, a key and a name wherever they stand; ordinary answers pass."""

import pytest

from registry.release import leak_scan

LEAKS = {
    "a date": (
        *("born 2017-08-21", "2017-08", "on 5/3/2026", "05.03.2026", "2026/03/05", "20260305", "5 March 2026"),
        *("Mar 5, 2026", "05-MAR-2026", "March 2026", "2026-03-05T14:37"),
    ),
    "a time of day": ("14:37", "at 06:45:10"),
    "an e-mail address": ("ask mathilda@example.org",),
    "the key, code, address or hash": ("NOR-48217-K", "nor-48217-k", "b7c1e0d2-0000-4000-8000-000000000001"),
    "the name of a person or a site": ("at northern synthetic hospital",),
    "the code or name of a site": ("NORTHERN",),
}


@pytest.mark.parametrize(("what", "text"), [(what, text) for what, texts in LEAKS.items() for text in texts])
def test_the_last_look_knows_each_kind_of_leak(what: str, text: str) -> None:
    known = leak_scan.Identifiers(
        tokens=frozenset({"nor-48217-k", "b7c1e0d2-0000-4000-8000-000000000001"}),
        names=frozenset({"northern synthetic hospital"}),
        short_words=frozenset({"NORTHERN"}),
    )
    found = leak_scan.scan_text("forms/x.csv", f"a,{text},b", known, holds_data=True)
    assert any(line.startswith(f"forms/x.csv: {what}") for line in found)


@pytest.mark.parametrize(
    "text", ["2012.05", "20.5", "1999", "2 to under 12", "-180", "C-ABCDEFGHIJ234", "crs;icans", "100000", "0.1.0"]
)
def test_the_last_look_lets_ordinary_answers_pass(text: str) -> None:
    known = leak_scan.Identifiers(tokens=frozenset(), names=frozenset(), short_words=frozenset({"S1"}))
    assert leak_scan.scan_text("forms/x.csv", f"a,{text},b", known, holds_data=True) == []


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("seen by An Le", True),
        ("An Le's note", True),
        ("1An Le2", True),
        ("an le", True),
        ("median length of stay", False),
        ("an lesion", False),
        ("Jan Le", False),
    ],
)
def test_a_short_name_is_known_where_it_stands_and_not_inside_other_words(text: str, is_told: bool) -> None:
    known = leak_scan.Identifiers(tokens=frozenset(), names=frozenset({"an le"}), short_words=frozenset())
    assert bool(leak_scan.scan_text("README.html", text, known, holds_data=False)) is is_told
