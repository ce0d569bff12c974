"""Case report forms in a real browser: nothing is cut off, crowded or hidden, on a desk and on a phone."""

from playwright.sync_api import Page, expect

from desk import Desk, field


def test_a_slip_that_was_saved_on_a_phone_is_put_right_with_one_touch(desk: Desk, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(desk.address("laboratory"))
    field(page, "Fibrinogen *").fill("1.1")

    said = page.locator("[data-live=fibrinogen] .said")
    expect(said).to_contain_text("Please check: Fibrinogen 1.1 mg/dL looks like g/L")
    bar = page.locator(".save-bar").bounding_box()
    box = said.bounding_box()
    assert bar is not None and box is not None
    assert box["y"] + box["height"] <= bar["y"], "what is said is hidden behind the bar"
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".confirm").get_by_role("button", name="Use 1.1 g/L").click()

    expect(page.locator(".confirm")).to_have_count(0)
    expect(field(page, "Unit of Fibrinogen")).to_have_value("g/L")
    expect(said).to_contain_text("Note: Fibrinogen 110 mg/dL is unusual")
    expect(page.locator("#item-fibrinogen .wrong")).to_have_count(0)


def test_the_name_of_a_computed_value_and_a_day_to_come_stay_in_one_line_on_a_phone(desk: Desk, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(f"{desk.server.address}/subjects/enrol")
    lines = "(element) => element.getClientRects().length"
    assert page.get_by_text("Re-consent due in", exact=True).evaluate("(label) => label.offsetHeight") < 30
    page.goto(f"{desk.server.address}/subjects/{desk.child}")
    days = page.locator("#expected .nowrap")
    assert days.count() > 1
    assert [day.evaluate(lines) for day in days.all()] == [1] * days.count()


def test_the_status_of_a_child_is_read_in_one_line_however_much_else_the_list_holds(desk: Desk, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{desk.server.address}/subjects")
    row = page.get_by_role("row").last
    row.locator("td[data-label=Product]").evaluate("cell => { cell.textContent = 'Some trial product '.repeat(20); }")
    lines = "cell => { const all = new Range(); all.selectNodeContents(cell); return all.getClientRects().length; }"
    assert row.locator("td[data-label=Status]").evaluate(lines) == 1
    box = page.get_by_role("region", name="Patients")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_a_long_choice_ends_before_the_arrow_that_opens_the_list(desk: Desk, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(desk.address("response"))

    select_field = page.locator("select[name=infusion]")

    arrow_ends = 12 + 16  # where Bootstrap draws it from the right, and how wide
    style = select_field.evaluate(
        "field => [getComputedStyle(field).paddingRight, getComputedStyle(field).textOverflow]"
    )
    assert float(style[0].removesuffix("px")) > arrow_ends
    assert style[1] == "ellipsis"


def test_what_the_patients_are_filtered_by_is_read_whole(desk: Desk, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{desk.server.address}/subjects?due=overdue")

    room_left = page.locator("select[name=due]").evaluate(
        """field => {
            const style = getComputedStyle(field), pen = document.createElement("canvas").getContext("2d");
            pen.font = style.font;
            const text = pen.measureText(field.selectedOptions[0].text).width;
            return field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - text;
        }"""
    )

    assert room_left >= 0


def test_what_the_signs_come_to_is_read_with_the_grade_and_not_called_out_at_each_sign(desk: Desk, page: Page) -> None:
    page.goto(desk.address("assessment"))
    field(page, "Assessed at *").fill("2026-03-07 08:00")
    field(page, "Highest temperature *").fill("39")

    beside = page.locator("#crs_grade-verdicts")
    expect(beside).to_contain_text("CRS (ASTCT 2019): at least grade 1: fever")
    assert page.evaluate("document.getElementById('crs_grade-verdicts').closest('[aria-live]')") is None
    assert "crs_grade-verdicts" in str(field(page, "CRS grade by the clinician *").get_attribute("aria-describedby"))


def test_on_a_phone_the_reason_for_a_missing_number_stands_beside_it_and_nothing_is_cramped(
    desk: Desk, page: Page
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(desk.address("anakinra_course"))
    page.locator("#item-given [value=yes]").check()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    # A long name in the head is cut, also with a mouse in a window that was enlarged four times.
    page.locator(".who-name span").evaluate("name => { name.textContent = 'Professor Maximiliane '.repeat(4); }")

    beside = page.locator("#item-dosing_weight_kg")
    number, missing = beside.locator(".framed-number").bounding_box(), beside.locator(".missing").bounding_box()
    widths = page.locator(".framed-number input:visible").evaluate_all("all => all.map(one => one.offsetWidth)")

    assert number and missing
    assert missing["y"] < number["y"] + number["height"] and missing["x"] >= number["x"] + number["width"]
    assert len(widths) > 3 and min(widths) >= 75
    # Long answers have the width of the page; where “Missing?” stands below, it ends where it ends elsewhere.
    choices, below = (page.locator(f"#item-route {one}").bounding_box() for one in (".choices", ".missing"))
    assert choices and below and choices["width"] > 300 and below["y"] >= choices["y"] + choices["height"]
    ends = page.locator(".missing:visible").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
    assert max(ends) - min(ends) < 1
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    page.goto(desk.address("response"))
    page.locator("[name=car_detectable][value=yes]").check()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    unit, number = page.locator("[name=car_copies__unit]"), page.locator("#car_copies")
    is_as_wide = "one => { const asked = one.offsetWidth; Object.assign(one.style, {width: 'auto', maxWidth: 'none'}); "
    assert unit.evaluate(is_as_wide + "return asked >= one.offsetWidth; }"), "the unit is cut"
    assert number.evaluate("one => one.offsetWidth") >= 75
    assert page.evaluate("document.documentElement.scrollWidth") == 390
