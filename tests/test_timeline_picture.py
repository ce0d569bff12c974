"""The timeline as a picture and as a page: grades as numbers on the palette, nothing lost, and who may see it."""

import re
import xml.etree.ElementTree as ElementTree
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

import registry
from entries import assessment, save
from factories import make_site, make_user
from registry.database import db
from registry.models import Subject
from registry.timeline.course import Bar, BarLane, DayGrade, GradeLane, Mark, Timeline
from registry.timeline.svg import GRADE_COLOURS, draw
from signing_in import signed_in_client
from study import Study

SVG = "{http://www.w3.org/2000/svg}"
ZERO = date(2026, 3, 5)
DIGIT = 6.2
"""The width in pixels of one figure of a day's number, set in 11 pixels."""


def picture(found: Timeline, **more: Any) -> ElementTree.Element:
    return ElementTree.fromstring(draw(found, title="Timeline of TST-1", **more))


def test_every_grade_is_a_number_on_its_colour_and_what_is_missing_is_visible() -> None:
    days = tuple(DayGrade(day=day, grade=day) for day in range(6))
    why = (DayGrade(day=7, grade=None, why="sedated"),)
    lanes = (GradeLane(label="CRS", days=days), GradeLane(label="ICANS", days=why))
    drawn = picture(Timeline(day_zero=ZERO, grades=lanes, bars=(), marks=()))
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    rects = [rect.get("fill") for rect in drawn.iter(f"{SVG}rect")]
    for grade, colour in enumerate(GRADE_COLOURS):
        # once in the lane, once in the legend
        assert (rects.count(colour), texts.count(str(grade)) >= 3) == (2, True)
    assert texts.count("S") == 2
    assert rects.count("url(#hatch)") == 1 + 3
    dashed = [rect for rect in drawn.iter(f"{SVG}rect") if rect.get("stroke-dasharray")]
    assert len(dashed) == 2 + 7 + 1  # CRS days 6 and 7, ICANS days 0 to 6, the legend


def test_the_picture_uses_the_palette_of_the_pages() -> None:
    css = (Path(registry.__file__).parent / "static" / "registry.css").read_text(encoding="utf-8")
    assert tuple(re.findall(r"--grade-[0-5]: (#[0-9a-f]{6})", css)) == GRADE_COLOURS


def test_words_from_the_casebook_cannot_break_the_picture() -> None:
    bar = Bar(start=0, end=9, label='<script>alert("x")</script> & more')
    mark = Mark(day=3, label="<b>CR</b>", kind="response")
    drawn = picture(
        Timeline(day_zero=ZERO, grades=(), bars=(BarLane(label="A & <B>", kind="agent", bars=(bar,)),), marks=(mark,))
    )
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert {"A & <B>", bar.label, "<b>CR</b>"} <= set(texts)
    assert list(drawn.iter(f"{SVG}script")) == []


def test_a_year_long_course_stays_as_wide_as_its_eventful_days() -> None:
    long = Bar(start=12, end=365, label="5 mg", is_open=True)
    found = Timeline(
        day_zero=ZERO, grades=(), bars=(BarLane(label="Ruxolitinib", kind="agent", bars=(long,)),), marks=()
    )
    assert float(picture(found).get("width", "0")) < 1200
    names = picture(found, only_names=True)
    assert float(names.get("width", "0")) < 150
    assert names.get("height") == picture(found).get("height")


def test_the_numbers_of_the_days_do_not_touch_in_a_long_course_and_each_week_has_one() -> None:
    days = tuple(DayGrade(day=day, grade=1) for day in range(120))
    drawn = picture(Timeline(day_zero=ZERO, grades=(GradeLane(label="CRS", days=days),), bars=(), marks=()))
    heads = [text for text in drawn.iter(f"{SVG}text") if text.get("y") == "18.0" and text.text != "Day"]
    labels = [(float(head.get("x", "0")), head.text or "") for head in heads]
    for (middle, words), (following, others) in pairwise(labels):
        assert following - middle > (len(words) + len(others)) / 2 * DIGIT, (words, others)
    shown = [int(words) for _, words in labels]
    assert shown[:99] == [*range(98), 98]
    assert shown[99:] == [100, 102, 105, 107, 109, 112, 114, 116, 119]


def test_the_picture_and_the_table_tell_the_same_child(app: Flask, study: Study) -> None:
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion, crs_grade=2))
    client = signed_in_client(app, study.coordinator)
    drawn = client.get(f"/subjects/{study.subject.key}/timeline.svg")
    assert (drawn.status_code, drawn.mimetype) == (200, "image/svg+xml")
    assert f"Timeline of {study.subject.code}" in drawn.text
    page = client.get(f"/subjects/{study.subject.key}/timeline").text
    assert "CRS: highest grade 2, first on day 2." in page
    assert re.search(
        r'2</th><td class="timeline-date">2026-03-07</td>\s*<td><span class="grade grade-2">2</span>', page
    )
    narrow = client.get(f"/subjects/{study.subject.key}/timeline.svg?part=names").text
    assert 'width="136"' in narrow


def test_without_an_infusion_there_is_no_picture_and_the_page_says_what_to_do(app: Flask) -> None:
    with app.app_context():
        site = make_site(db.session)
        monitor = make_user(db.session, role="monitor", site=site)
        from_elsewhere = make_user(db.session, role="coordinator", site=make_site(db.session))
        subject = Subject(code="NON-1", site_id=site.id)
        db.session.add(subject)
        db.session.commit()
        address = f"/subjects/{subject.key}/timeline"
        reader, stranger = signed_in_client(app, monitor), signed_in_client(app, from_elsewhere)
    assert reader.get(f"{address}.svg").status_code == 404
    assert "none is recorded yet" in reader.get(address).text
    assert (stranger.get(address).status_code, stranger.get(f"{address}.svg").status_code) == (404, 404)


def test_the_number_of_statements_does_not_grow_with_the_records(app: Flask, study: Study) -> None:
    client = signed_in_client(app, study.coordinator)

    def statements() -> int:
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        db.session.expire_all()
        event.listen(db.engine, "before_cursor_execute", note)
        assert client.get(f"/subjects/{study.subject.key}/timeline.svg").status_code == 200
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    few = statements()
    for day in range(8, 20):
        row = assessment(study.infusion, assessed_at=datetime(2026, 3, day, 6))
        save(study.subject, study.coordinator, "assessment", row)
    assert statements() == few


def test_what_came_of_it_is_written_over_the_line_of_the_last_day_and_a_date_over_a_quiet_stretch() -> None:
    marks = (
        Mark(day=30, label="Complete response", short="CR", kind="response"),
        Mark(day=30, label="Death", kind="death"),
        Mark(day=120, label="End of study", kind="end"),
    )
    drawn = list(picture(Timeline(day_zero=ZERO, grades=(), bars=(), marks=marks)).iter())
    places = {element.text: place for place, element in enumerate(drawn) if element.tag == f"{SVG}text"}
    line_of_death = max(place for place, element in enumerate(drawn) if element.get("stroke-width") == "2")
    assert places["CR"] > line_of_death
    assert drawn[places["CR"]].get("paint-order") == "stroke"
    bands = [place for place, element in enumerate(drawn) if element.get("fill") == "#f4f6f7"]
    assert len(bands) == 2
    assert places["2026-04-04"] > max(bands)
