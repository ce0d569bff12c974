"""Which share of the infused children each site enrolled, by its own log (CLINICAL.md D16)."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.cut import read_cut
from analysis.endpoints.capture import capture_by_site, last_ended_quarter, overall_share, well_captured_sites
from analysis.manifest import CutError
from cut_folder import CutFolder


def infuse(files, child, site, day):
    files.subjects[child] = site
    files.add("infusion", child, infused_on=day)


def cut_of(tmp_path, *logs, infusions=(), data_date="2026-06-30"):
    files = CutFolder(data_date)
    for number, (site, day) in enumerate(infusions):
        infuse(files, f"child-{number}", site, day)
    files.infusion_log = list(logs)
    return read_cut(files.write(tmp_path / "cut"))


def test_the_quarters_of_a_site_are_summed(tmp_path):
    cut = cut_of(tmp_path, ("north", "2026-Q1", 8, 7, 6, 1, 6), ("north", "2025-Q4", 4, 4, 3, 1, 3))
    (site,) = capture_by_site(cut)
    assert (site.infused, site.approached, site.consented, site.refused, site.enrolled) == (12, 11, 9, 2, 9)
    assert (site.quarters, site.without_log, site.impossible) == (2, (), ())
    # R 4.2.2: binom.test(9, 12)$conf.int
    assert (site.share.x, site.share.n) == (9, 12)
    assert (site.share.lower, site.share.upper) == (
        pytest.approx(0.4281415),
        pytest.approx(0.9451394),
    )


@pytest.mark.parametrize(("enrolled", "is_well_captured"), [(7, False), (8, True), (10, True)])
def test_80_percent_is_enough_and_less_is_not(tmp_path, enrolled, is_well_captured):
    cut = cut_of(tmp_path, ("north", "2026-Q1", 10, 10, enrolled, 0, enrolled))
    assert well_captured_sites(cut) == (frozenset({"north"}) if is_well_captured else frozenset())


def test_a_site_without_a_log_or_without_an_infusion_in_it_is_not_well_captured(tmp_path):
    cut = cut_of(tmp_path, ("south", "2026-Q1", 0, 0, 0, 0, 0), infusions=[("north", date(2026, 2, 1))])
    assert [(site.site, site.share) for site in capture_by_site(cut)] == [("north", None), ("south", None)]
    assert (well_captured_sites(cut), overall_share(capture_by_site(cut))) == (frozenset(), None)


@pytest.mark.parametrize(
    "log", [("north", "2026-Q1", "x", 8, 8, 0, 8), ("north", "Q1", 8, 8, 8, 0, 8), ("north", "2026-Q1", "", 8, 8, 0, 8)]
)
def test_a_log_that_cannot_be_read_is_refused_in_words(tmp_path, log):
    with pytest.raises(CutError) as refused:
        capture_by_site(cut_of(tmp_path, log))
    assert str(refused.value) == (
        "infusion_log.csv does not fit this version of the registry: a quarter or a count cannot be read. Take the cut"
        " again."
    )


def test_a_quarter_with_more_enrolled_than_infused_leaves_the_share_unknown(tmp_path):
    logs = [
        ("north", "2025-Q4", 9, 9, 9, 0, 9),
        ("north", "2026-Q1", 3, 3, 3, 0, 4),
        ("south", "2026-Q1", 5, 5, 4, 0, 4),
    ]
    north, south = capture_by_site(cut_of(tmp_path, *logs))
    assert (north.impossible, north.share, north.is_well_captured) == (("2026-Q1",), None, False)
    assert overall_share((north, south)) == south.share


@pytest.mark.parametrize(
    ("logs", "infusions", "data_date", "without_log"),
    [
        # the quarter of the data has not ended
        ([], ["2025-11-30"], "2026-05-31", ("2025-Q4", "2026-Q1")),
        ([], ["2026-05-01"], "2026-05-31", ()),
        (["2025-Q4"], ["2025-11-30"], "2026-07-01", ("2026-Q1", "2026-Q2")),
        # a log that begins before the first child
        (["2025-Q1", "2025-Q3"], ["2025-09-30"], "2025-10-01", ("2025-Q2",)),
        (["2025-Q4"], [], "2026-03-31", ()),
    ],
)
def test_quarters_without_a_log_are_named_from_the_sites_first_infusion_or_log_on(
    tmp_path, logs, infusions, data_date, without_log
):
    rows = [("north", quarter, 1, 1, 1, 0, 1) for quarter in logs]
    days = [("north", date.fromisoformat(day)) for day in infusions]
    (site,) = capture_by_site(cut_of(tmp_path, *rows, infusions=days, data_date=data_date))
    assert site.without_log == without_log


@pytest.mark.parametrize(
    ("data_date", "ended"),
    [
        (date(2026, 11, 27), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 9, 30)),
        (date(2026, 3, 31), date(2025, 12, 31)),
    ],
)
def test_the_last_quarter_that_ended_is_the_one_before_the_running_one(data_date, ended):
    assert last_ended_quarter(data_date) == ended
