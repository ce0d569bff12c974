"""Tables on a phone, in a real browser: each row is a card, its labels stand beside their values."""

from hospital import Hospital

CUT_OFF = """cells => cells.map(cell => {
    const label = document.createElement("span");
    label.textContent = cell.dataset.label;
    label.style.cssText = "display: block; width: 8.5rem; font-size: .9rem";
    cell.closest("main").append(label);
    const fits = label.getBoundingClientRect().height <= cell.getBoundingClientRect().height;
    label.remove();
    return fits ? "" : cell.dataset.label;
}).filter(Boolean)"""


def take_a_cut(hospital: Hospital) -> None:
    hospital.page.set_viewport_size({"width": 390, "height": 800})
    hospital.sign_in("data_manager")
    hospital.open("/cuts")
    hospital.press("Take a data cut now")


def test_a_label_of_two_lines_is_not_cut_off_where_its_value_has_one(hospital: Hospital) -> None:
    take_a_cut(hospital)
    hospital.open("/sites")
    cells = hospital.page.locator("td[data-label]")
    cells.first.evaluate("cell => { cell.dataset.label = 'A label that takes two lines'; cell.textContent = '57'; }")
    assert cells.evaluate_all(CUT_OFF) == []


def test_the_list_of_data_cuts_is_read_on_a_phone_without_scrolling_to_the_side(hospital: Hospital) -> None:
    take_a_cut(hospital)
    hospital.open("/cuts")
    box = hospital.page.locator(".scroll").first
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert hospital.page.locator("td[data-label=Records]").is_visible()
    hospital.look("list of data cuts", "Take a data cut now")
    assert [wrong for wrong in hospital.found.values() if wrong] == []


def test_the_card_of_a_child_is_without_the_lines_that_say_nothing(hospital: Hospital) -> None:
    hospital.page.set_viewport_size({"width": 390, "height": 800})
    hospital.sign_in("coordinator")
    hospital.enrol_another()
    hospital.open("/subjects?status=not_infused")
    line = hospital.page.get_by_role("row").last
    shown = "cells => cells.filter(cell => cell.offsetHeight).map(cell => cell.dataset.label)"
    assert line.locator("td").evaluate_all(shown) == ["To do", "Status"]


def test_all_that_is_to_do_for_a_child_is_read_on_a_phone(hospital: Hospital) -> None:
    hospital.page.set_viewport_size({"width": 390, "height": 800})
    hospital.sign_in("coordinator")
    hospital.enrol_another()
    hospital.open("/subjects?status=not_infused")
    badges = '<span class="badge-plain">12 overdue</span> ' * 3
    hospital.page.locator("td[data-label='To do']").first.evaluate(
        "(cell, badges) => { cell.innerHTML = badges; }", badges
    )
    assert hospital.page.locator(".scroll").evaluate("box => box.scrollWidth <= box.clientWidth")
