"""The daily grid without a page: cells as text, what is typed read against what is stored, support carried over."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from forms.casebook.assessment import ASSESSMENT
from forms.casebook.laboratory import LABORATORY
from forms.form import Form
from forms.infusions import first_infused_on
from forms.items import Choice, YesNo
from forms.values import Measurement, NullFlavour, ParseError, Row
from registry.grid.cells import FITS_A_CELL, read_cell, show_cell
from registry.grid.reading import Posted, Reading, read_sheet, same_as_yesterday
from registry.grid.sheet import GRID_FORMS, ROWS, Sheet, days_from, lay_out, start_for
from registry.stored_records import Record

ZERO = date(2026, 3, 5)
DAY = date(2026, 3, 8)
INFUSION: Row = {"key": "infusion-1", "infused_on": ZERO}


def record(form: Form, *, key: str = "stored", revision: int = 1, **row: Any) -> Record:
    return Record(
        id=1,
        key=key,
        form=form.name,
        subject_id=1,
        instance=1,
        revision=revision,
        form_version=1,
        entered_at=datetime(2026, 3, 9),
        completed_at=None,
        voided_at=None,
        row={"key": key, "infusion": "infusion-1", **row},
    )


def assessment(**row: Any) -> Record:
    return record(ASSESSMENT, **{"assessed_at": datetime(2026, 3, 8, 6, 0), **row})


def sheet_of(*records: Record, infusions: Iterable[Row] = (INFUSION,)) -> Sheet:
    numbers = count(1)
    return lay_out(
        day_zero=ZERO,
        days=days_from(ZERO, 0, date(2026, 6, 1)),
        infusions=tuple(infusions),
        records={form.name: [one for one in records if one.form == form.name] for form in GRID_FORMS},
        new_key=lambda: f"new-{next(numbers)}",
    )


def cell(item_name: str, day: date = DAY) -> str:
    return next(row.cell(day) for row in ROWS if row.item_name == item_name)


def read(sheet: Sheet, texts: dict[str, str], **more: Any) -> Reading:
    seen = {slot.name: (slot.key, slot.revision) for slot in sheet}
    given = {"base": sheet.texts(), "seen": seen, "usual_time": "06:00", **more}
    return read_sheet(sheet, Posted(texts=texts, **given), lambda: "key-made-while-reading")


@pytest.mark.parametrize(
    ("item_name", "typed", "answer", "shown"),
    [
        ("temperature_c", "38.0", Decimal("38.0"), "38.0"),
        ("oxygen_flow_l_min", "2", Decimal("2.00"), "2"),
        ("crs_grade", "3", 3, "3"),
        ("hypotension", "y", True, "yes"),
        ("fever_other_cause", "Y", True, "yes"),
        ("fever_other_cause", "unk", NullFlavour.UNKNOWN, "unk"),
        ("oxygen_mode", "Nasal cannula (low flow)", "nasal_cannula", "NC"),
        ("oxygen_mode", "nas", "nasal_cannula", "NC"),
        ("oxygen_mode", "HFNC", "high_flow", "HFNC"),
        ("oxygen_mode", "RA", "room_air", "Room air"),
        ("consciousness", "Alert", "awake", "Awake"),
        ("consciousness", "tactile", "tactile", "Only to touch"),
        ("consciousness", "Awakens to voice", "voice", "To voice"),
        ("seizure", "brief", "brief", "Clinical seizure that resolved rapidly"),
        ("vasoactives", "milrinone + norep", ("norepinephrine", "milrinone"), "Norepinephrine; Milrinone"),
        ("vasoactives", "Noradrenaline + adrenaline", ("norepinephrine", "epinephrine"), "Norepinephrine; Epinephrine"),
        ("vasoactives", "norad", ("norepinephrine",), "Norepinephrine"),
        ("pressure", "none", ("none",), "None"),
        ("assessed_at", "6:05", datetime(2026, 3, 8, 6, 5), "06:05"),
        ("assessed_at", "2026-03-08 14:30", datetime(2026, 3, 8, 14, 30), "14:30"),
        ("capd_total", "nd", NullFlavour.NOT_DONE, "nd"),
        ("instrument", "capd", "capd", "CAPD"),
        ("oxygen_mode", "BIPAP", "bipap", "BiPAP"),
        ("icans_grade", "asleep", NullFlavour.NOT_AVAILABLE, "nav"),
        ("crs_grade", "Unknown", NullFlavour.UNKNOWN, "unk"),
        ("ferritin", " ", None, ""),
    ],
)
def test_a_cell_reads_what_people_type_and_shows_answers_in_the_words_of_the_list(
    item_name: str, typed: str, answer: object, shown: str
) -> None:
    item = next(row.item for row in ROWS if row.item_name == item_name)
    value = read_cell(item, typed, day=DAY)
    assert value == answer
    assert show_cell(item, value) == shown
    assert read_cell(item, shown, day=DAY) == answer


def test_a_laboratory_cell_converts_units_and_keeps_signs() -> None:
    fibrinogen = LABORATORY.items["fibrinogen"]
    value = read_cell(fibrinogen, "1.45 g/L", day=DAY)
    assert isinstance(value, Measurement)
    assert (value.value, value.unit_typed, value.text_typed) == (Decimal("145.0"), "g/L", "1.45 g/L")
    assert show_cell(fibrinogen, value) == "145"
    assert show_cell(fibrinogen, read_cell(fibrinogen, "<50", day=DAY)) == "<50"


@pytest.mark.parametrize(
    ("item_name", "typed", "words"),
    [
        ("systolic_mmhg", "85,5", "“85,5”: write the number with a point, such as 85.5, and without thousands marks."),
        ("seizure", "n", "“n” can mean none or nonconvulsive. Write one letter more."),
        ("assessed_at", "noon", "“noon” is not a time of day. Write it as 06:00."),
        ("assessed_at", "24:00", "“24:00” is midnight at the end of its day: write 00:00 on 2026-03-09."),
        ("assessed_at", "unk", "“unk”: a time cannot be missing. Give it, or leave the whole day empty."),
        ("hypotension", "perhaps", "“perhaps” is neither yes nor no. Write one of the two."),
        ("instrument", "gcs", "“gcs” is not one of the answers. Choose from: ICE, CAPD, none."),
    ],
)
def test_a_cell_that_cannot_be_read_says_so_in_words(item_name: str, typed: str, words: str) -> None:
    with pytest.raises(ParseError) as problem:
        read_cell(ASSESSMENT.items[item_name], typed, day=DAY)
    assert str(problem.value) == words


def test_every_answer_of_every_row_is_read_back_as_itself() -> None:
    for row in ROWS:
        codes = getattr(row.item, "codes", None)
        for code in codes.labels if codes else ():
            value = (code,) if row.item.kind == "multi_choice" else code
            assert read_cell(row.item, show_cell(row.item, value), day=DAY) == value


def test_what_a_child_breathes_is_read_whole_in_a_cell() -> None:
    oxygen = ASSESSMENT.items["oxygen_mode"]
    assert isinstance(oxygen, Choice)
    assert [shown for code in oxygen.codes.labels if len(shown := show_cell(oxygen, code)) > FITS_A_CELL] == []


def test_the_rows_are_every_core_sign_and_value_of_a_day_and_what_a_fever_is_put_down_to() -> None:
    core = {
        (form.name, name)
        for form in GRID_FORMS
        for name, item in form.typed_items.items()
        if not item.extended and name != "infusion"
    }
    assert {(row.form.name, row.item_name) for row in ROWS} == core | {("assessment", "fever_other_cause")}


def test_nothing_that_is_judged_afresh_each_day_can_be_carried_over() -> None:
    carried = {row.item_name for row in ROWS if row.carries}
    assert carried == {"vasoactives", "oxygen_mode", "oxygen_flow_l_min", "ventilation_reason"}


def test_same_as_yesterday_fills_empty_support_cells_only() -> None:
    yesterday = date(2026, 3, 7)
    texts = {row.cell(yesterday): "x" for row in ROWS} | {cell("oxygen_mode"): "room air"}
    filled = same_as_yesterday(texts, yesterday, DAY)
    assert filled == {cell(name): "x" for name in ("vasoactives", "oxygen_flow_l_min", "ventilation_reason")}


def test_a_new_column_becomes_a_row_of_its_form_linked_to_the_last_infusion() -> None:
    second: Row = {"key": "infusion-2", "infused_on": date(2026, 3, 7)}
    sheet = sheet_of(infusions=(INFUSION, second))
    reading = read(sheet, {cell("temperature_c"): "38.6", cell("crs_grade"): "1", cell("ferritin"): "9000"})
    bedside, blood = reading.entries
    assert (bedside.row["infusion"], bedside.row["assessed_at"]) == ("infusion-2", datetime(2026, 3, 8, 6, 0))
    assert (bedside.row["temperature_c"], bedside.row["crs_grade"]) == (Decimal("38.6"), 1)
    assert bedside.changed == ("assessed_at", "temperature_c", "crs_grade")
    assert bedside.row["key"] == sheet.slot(DAY, ASSESSMENT).key
    assert (blood.slot.form, blood.row["sampled_at"]) == (LABORATORY, datetime(2026, 3, 8, 6, 0))
    assert reading.errors == {}


def test_a_new_column_without_a_time_asks_for_one() -> None:
    reading = read(sheet_of(), {cell("temperature_c"): "38.6"}, usual_time="")
    assert reading.entries == []
    assert reading.errors == {
        cell("assessed_at"): "Time of assessment is missing. Type it, such as 06:00, or once for all days in “Usual "
        "time”."
    }


def test_a_time_alone_is_not_a_record() -> None:
    reading = read(sheet_of(), {cell("assessed_at"): "07:00"})
    assert reading.entries == []
    assert reading.errors == {cell("assessed_at"): "There is only a time. Type what was found, or clear the time."}


def test_a_stored_column_keeps_what_the_grid_does_not_show() -> None:
    stored = assessment(temperature_c=Decimal("38.6"), heart_rate=142, grade_comment="intubated for MRI")
    reading = read(sheet_of(stored), {cell("temperature_c"): "39.1", cell("crs_grade"): "2"})
    (entry,) = reading.entries
    assert entry.changed == ("temperature_c", "crs_grade")
    assert (entry.row["heart_rate"], entry.row["grade_comment"]) == (142, "intubated for MRI")
    assert (entry.row["key"], entry.row["assessed_at"]) == ("stored", datetime(2026, 3, 8, 6, 0))


def test_the_same_value_written_differently_is_no_change() -> None:
    stored = assessment(oxygen_flow_l_min=Decimal("2.00"), oxygen_mode="nasal_cannula")
    assert read(sheet_of(stored), {cell("oxygen_flow_l_min"): "2.0", cell("oxygen_mode"): "nasal"}).entries == []


def test_a_measurement_typed_in_another_unit_stays_as_typed_when_it_is_not_touched() -> None:
    typed = read_cell(LABORATORY.items["fibrinogen"], "1.45 g/L", day=DAY)
    stored = record(LABORATORY, sampled_at=datetime(2026, 3, 8, 5, 0), fibrinogen=typed)
    (entry,) = read(sheet_of(stored), {cell("fibrinogen"): "145", cell("crp"): "80"}).entries
    assert entry.row["fibrinogen"] == typed
    assert entry.changed == ("crp",)


def test_a_score_names_its_test_and_an_answer_without_a_question_is_refused() -> None:
    reading = read(sheet_of(), {cell("capd_total"): "5", cell("oxygen_flow_l_min", date(2026, 3, 9)): "2"})
    (entry,) = reading.entries
    assert (entry.row["instrument"], entry.row["capd_total"]) == ("capd", 5)
    (message,) = reading.errors.values()
    assert message.startswith("Oxygen flow is asked only when “Oxygen, ventilation” is “Blow-by” or")
    assert message.endswith("Correct that, or clear this cell.")


def test_one_cell_that_cannot_be_read_keeps_its_text_and_its_day_back() -> None:
    reading = read(sheet_of(), {cell("temperature_c"): "hot", cell("crs_grade"): "1", cell("ferritin"): "900"})
    assert reading.errors == {cell("temperature_c"): "“hot” is not a number. Write digits, such as 12.5."}
    assert reading.texts[cell("temperature_c")] == "hot"
    assert [entry.slot.form for entry in reading.entries] == [LABORATORY]
    (kept_back,) = reading.partial
    assert (kept_back.slot.form, kept_back.unread) == (ASSESSMENT, {"temperature_c"})
    assert (kept_back.row["temperature_c"], kept_back.row["crs_grade"]) == (None, 1)


def test_an_answer_is_not_called_unasked_while_the_one_that_asks_it_cannot_be_read() -> None:
    reading = read(sheet_of(), {cell("oxygen_mode"): "mask", cell("oxygen_flow_l_min"): "2"})
    assert list(reading.errors) == [cell("oxygen_mode")]
    (kept_back,) = reading.partial
    assert "oxygen_flow_l_min" in kept_back.asked


def test_changes_by_two_people_are_merged_cell_by_cell_and_both_values_shown_where_they_differ() -> None:
    seen = assessment(temperature_c=Decimal("38.0"), systolic_mmhg=90)
    now = assessment(revision=2, temperature_c=Decimal("38.9"), systolic_mmhg=90, crs_grade=1)
    before, after = sheet_of(seen), sheet_of(now)
    typed = {**before.texts(), cell("temperature_c"): "38.5", cell("systolic_mmhg"): "84"}
    page = {slot.name: (slot.key, slot.revision) for slot in before}
    reading = read(after, typed, base=before.texts(), seen=page)
    assert [slot.name for slot in reading.overtaken] == ["2026-03-08.assessment"]
    assert reading.theirs == {cell("temperature_c"): "38.9"}
    assert [reading.texts[cell(name)] for name in ("temperature_c", "systolic_mmhg", "crs_grade")] == [
        "38.5",
        "84",
        "1",
    ]


@pytest.mark.parametrize(
    ("name", "typed", "is_overtaken"),
    [("oxygen_mode", "nc", False), ("oxygen_mode", "hfnc", True), ("temperature_c", "38,60", False)],
)
def test_what_two_people_typed_is_no_conflict_where_both_mean_the_same(
    name: str, typed: str, is_overtaken: bool
) -> None:
    now = sheet_of(assessment(oxygen_mode="nasal_cannula", temperature_c=Decimal("38.6")))
    empty = {slot.name: (slot.key, slot.revision) for slot in sheet_of()}
    reading = read(now, {cell(name): typed}, base={}, seen=empty)
    assert bool(reading.overtaken) == bool(reading.theirs) == bool(reading.entries) == is_overtaken


def test_a_page_sent_twice_finds_nothing_left_to_save() -> None:
    stored = assessment(key="new-4", temperature_c=Decimal("38.6"))
    empty, after = sheet_of(), sheet_of(stored)
    page = {slot.name: (slot.key, slot.revision) for slot in empty}
    reading = read(after, {cell("temperature_c"): "38.6"}, base={}, seen=page)
    assert (reading.entries, reading.overtaken, reading.errors) == ([], [], {})


def test_a_day_with_two_assessments_is_read_only_and_its_typed_text_is_given_back() -> None:
    morning = assessment(key="a", temperature_c=Decimal("38.6"))
    evening = assessment(key="b", assessed_at=datetime(2026, 3, 8, 18, 0), temperature_c=Decimal("39.4"))
    sheet = sheet_of(evening, morning)
    assert sheet.slot(DAY, ASSESSMENT).text(ROWS[1]) == "38.6 · 39.4"
    reading = read(sheet, {cell("temperature_c"): "38"})
    assert (reading.entries, reading.texts[cell("temperature_c")]) == ([], "38")
    assert reading.errors[cell("temperature_c")].startswith("2026-03-08 has 2 records of assessment")


def test_a_record_voided_meanwhile_is_entered_anew_under_a_new_key() -> None:
    before = sheet_of(assessment(temperature_c=Decimal("38.0")))
    page = {slot.name: (slot.key, slot.revision) for slot in before}
    reading = read(sheet_of(), {cell("temperature_c"): "38.5"}, base=before.texts(), seen=page)
    assert [entry.row["key"] for entry in reading.entries] == ["key-made-while-reading"]


@pytest.mark.parametrize(
    ("recorded", "today", "start"),
    [
        ([], date(2026, 3, 30), 0),
        ([date(2026, 3, 17)], date(2026, 3, 30), 0),
        ([date(2026, 3, 18)], date(2026, 3, 30), 14),
        ([date(2026, 3, 18)], date(2026, 3, 18), 0),
    ],
)
def test_the_grid_opens_where_the_next_day_is_waiting(recorded: list[date], today: date, start: int) -> None:
    records = [assessment(assessed_at=datetime(day.year, day.month, day.day, 6)) for day in recorded]
    assert start_for(ZERO, today, records) == start


def test_days_begin_with_the_first_infusion_and_end_today() -> None:
    assert first_infused_on([{"infused_on": date(2026, 4, 5)}, INFUSION]) == ZERO
    assert days_from(ZERO, 0, date(2026, 3, 6)) == (ZERO, date(2026, 3, 6))
    assert len(days_from(ZERO, 14, date(2026, 6, 1))) == 14


def test_a_cell_is_called_by_its_day_its_date_and_its_row() -> None:
    assert sheet_of().cell_label(ROWS[1], DAY) == "Day 3, 2026-03-08, Temperature (°C)"
    assert isinstance(ROWS[4].item, YesNo)
