"""What other pages say of an answer is taken over with one touch, and looked at before saving."""

from datetime import date, datetime
from decimal import Decimal

from playwright.sync_api import expect

from entries import key, laboratory, measured, save
from forms.values import PartialDate
from hospital import Hospital
from registry.database import db
from registry.models import Subject, User


def test_what_is_on_record_of_the_first_dose_is_taken_over_with_one_touch(hospital: Hospital) -> None:
    with hospital.server.app.app_context():
        by = db.session.get_one(User, hospital.people["coordinator"])
        subject = db.session.get_one(Subject, hospital.subject_id)
        values = {"ferritin": measured("6430 pmol/L"), "platelets": measured("22", "platelets")}
        save(subject, by, "laboratory", laboratory(hospital.links["infusion"], **values))
    hospital.assess(vasoactives=("norepinephrine", "vasopressin"), oxygen_mode="high_flow")
    hospital.sign_in("coordinator")
    page = hospital.page
    page.set_viewport_size({"width": 1280, "height": 900})
    hospital.open("/subjects/{child}/anakinra_course/new")
    page.locator("[name=given][value=yes]").check()
    page.locator("#started_at").fill("2026-03-07 18:00")

    offered = page.locator(".said-recorded")
    expect(offered).to_have_count(5)
    page.get_by_role("button", name="Use it: Index episode").click()
    expect(page.locator("#episode")).not_to_have_value("")
    expect(offered).to_have_count(4)
    expect(page.locator("[data-live=at_start_oxygen]")).to_contain_text(
        "On record: High-flow nasal cannula · assessment, 2026-03-07 08:00"
    )
    hospital.look("a course with values on record", "On record:")
    page.locator("[data-live=at_start_platelets]").get_by_role("button", name="Use it: Platelets").click()
    expect(page.locator("#at_start_platelets")).to_have_value("22")
    expect(page.locator("#at_start_platelets")).to_be_focused()
    expect(offered).to_have_count(3)
    page.get_by_role("button", name="Use all 3 on record").click()

    expect(offered).to_have_count(0)
    expect(page.locator("#at_start_oxygen")).to_have_value("high_flow")
    expect(page.locator("#at_start_vasopressors")).to_have_value("2")
    expect(page.locator("#at_start_ferritin")).to_have_value("6430")
    expect(page.locator("[name=at_start_ferritin__unit]")).to_have_value("pmol/L")
    # Whoever takes values over still says that the state was looked at, and grades are judged anew.
    expect(page.locator("[name=at_start_confirmed]:checked")).to_have_count(0)
    expect(page.locator("#at_start_crs_grade")).to_have_value("")


def test_an_answer_to_choose_is_taken_over_by_keyboard_and_asks_what_depends_on_it(hospital: Hospital) -> None:
    with hospital.server.app.app_context():
        by = db.session.get_one(User, hospital.people["coordinator"])
        subject = db.session.get_one(Subject, hospital.subject_id)
        baseline = {"key": key(), "assessed_on": date(2026, 2, 26), "disease": "b_all", "disease_burden": "mrd_only"}
        save(subject, by, "baseline", baseline)
    hospital.sign_in("coordinator")
    page = hospital.page
    hospital.open("/subjects/{child}/response/new")
    page.locator("#assessed_on").fill("2026-04-02")
    page.get_by_role("button", name="Use it: Disease").press("Enter")
    expect(page.locator("#disease_group")).to_have_value("b_all")
    expect(page.locator("#item-mrd_result")).to_be_visible()

    hospital.open(f"/subjects/{{child}}/infusion/{hospital.links['infusion']}")
    page.locator("[name=disease_at_lymphodepletion][value=yes]").check()
    page.get_by_role("button", name="Use it: Disease burden at lymphodepletion").press("Enter")
    picked = page.locator("[name=burden_at_lymphodepletion]:checked")
    expect(picked).to_have_value("mrd_only")
    expect(picked).to_be_focused()
    values = page.locator("[name=burden_at_lymphodepletion]").evaluate_all("all => all.map(one => one.value)")
    assert values == ["none", "mrd_only", "low", "high", "extramedullary", "measurable"]
    expect(page.locator("[data-live=burden_at_lymphodepletion] .said-recorded")).to_have_count(0)


def test_the_first_order_opens_with_first_dose_and_route_of_its_course_on_record(hospital: Hospital) -> None:
    hospital.sign_in("coordinator")
    page = hospital.page
    hospital.open("/subjects/{child}/anakinra_course/new")
    page.locator("[name=given][value=yes]").check()
    page.locator("#started_at").fill("2026-03-07 18:00")
    page.locator("[name=route][value=sc]").check()
    page.get_by_role("button", name="Save and next form").click()
    expect(page.locator("h1")).to_have_text("Anakinra regimen")
    hospital.look("an order with values on record", "On record:")
    page.get_by_role("button", name="Use all 2 on record").press("Enter")
    expect(page.locator("#from_at")).to_have_value("2026-03-07 18:00")
    expect(page.locator("[name=route][value=sc]")).to_be_checked()
    expect(page.locator(".said-recorded")).to_have_count(0)


def test_the_last_dose_of_an_agent_given_once_is_its_first_with_one_touch(hospital: Hospital) -> None:
    hospital.sign_in("coordinator")
    page = hospital.page
    hospital.open("/subjects/{child}/concomitant_agent/new")
    page.locator("#agent").select_option("tocilizumab")
    page.locator("#started_at").fill("2026-03-08 14:00")
    page.locator("[name=ongoing][value=no]").check()
    expect(page.locator("[data-live=stopped_at]")).to_contain_text(
        "On record: 2026-03-08 14:00 · concomitant agent, the first dose if it was the only one"
    )
    hospital.look("an agent given once", "On record:")
    page.get_by_role("button", name="Use it: Last dose").press("Enter")
    expect(page.locator("#stopped_at")).to_have_value("2026-03-08 14:00")
    expect(page.locator("#stopped_at")).to_be_focused()
    expect(page.locator("[data-live=stopped_at] .said-recorded")).to_have_count(0)


def test_what_is_taken_over_into_a_closed_fold_opens_it_and_keeps_the_focus(hospital: Hospital) -> None:
    with hospital.server.app.app_context():
        by = db.session.get_one(User, hospital.people["coordinator"])
        subject = db.session.get_one(Subject, hospital.subject_id)
        values = {"ferritin": measured("6430"), "crp": measured("96", "crp")}
        save(subject, by, "laboratory", laboratory(hospital.links["infusion"], **values))
    hospital.sign_in("coordinator")
    page = hospital.page
    hospital.open("/subjects/{child}/anakinra_course/new")
    page.locator("[name=given][value=yes]").check()
    page.locator("#episode").select_option(index=1)
    page.locator("#started_at").fill("2026-03-07 18:00")
    expect(page.locator("[data-live=at_start_crp] .said-recorded")).to_have_count(1)
    page.locator("details.extended").evaluate_all("all => all.forEach((one) => { one.open = false; })")
    page.get_by_role("button", name="Use all 2 on record").press("Enter")
    expect(page.locator("#at_start_crp")).to_have_value("96")
    expect(page.locator("#at_start_crp")).to_be_focused()


def test_a_stored_record_with_missing_answers_offers_what_is_on_record_as_soon_as_it_opens(hospital: Hospital) -> None:
    with hospital.server.app.app_context():
        by = db.session.get_one(User, hospital.people["coordinator"])
        subject = db.session.get_one(Subject, hospital.subject_id)
        values = {"platelets": measured("22", "platelets")}
        save(subject, by, "laboratory", laboratory(hospital.links["infusion"], **values))
        course = {"key": key(), "infusion": hospital.links["infusion"], "given": True}
        save(subject, by, "anakinra_course", {**course, "started_at": datetime(2026, 3, 7, 18)})
    hospital.sign_in("coordinator")
    hospital.open(f"/subjects/{{child}}/anakinra_course/{course['key']}")
    hospital.page.locator("[data-live=at_start_platelets]").get_by_role("button", name="Use it: Platelets").click()
    expect(hospital.page.locator("#at_start_platelets")).to_have_value("22")


def test_immunosuppressants_before_an_infection_are_taken_over_with_one_press_and_taken_back(
    hospital: Hospital,
) -> None:
    with hospital.server.app.app_context():
        by = db.session.get_one(User, hospital.people["coordinator"])
        subject = db.session.get_one(Subject, hospital.subject_id)
        course = {"key": key(), "infusion": hospital.links["infusion"], "given": True}
        save(subject, by, "anakinra_course", {**course, "started_at": datetime(2026, 3, 7, 18)})
        dated = {"started_at": PartialDate("2026-03-08T14:00"), "stopped_at": PartialDate("2026-03-09T14:00")}
        agent = {"key": key(), "agent": "dexamethasone", "route": "iv", "ongoing": False, **dated}
        save(subject, by, "concomitant_agent", agent)
    hospital.sign_in("coordinator")
    page = hospital.page
    hospital.open("/subjects/{child}/infection/new")
    page.locator("#onset_on").fill("2026-03-11")
    offer = page.locator("[data-live=agents_7_days]")
    expect(offer).to_contain_text(
        "On record: Anakinra, Systemic steroid · concomitant agent and anakinra course, 2026-03-04 to 2026-03-10"
    )
    ticked = page.locator("[name=agents_7_days]:checked")
    expect(ticked).to_have_count(0)
    hospital.look("an infection with agents on record", "On record:")
    page.get_by_role("button", name="Use it: Immunosuppressants in the 7 days before").press("Enter")
    assert ticked.evaluate_all("all => all.map(one => one.value)") == ["anakinra", "steroid"]
    expect(ticked.first).to_be_focused()
    expect(offer.locator(".said-recorded")).to_have_count(0)

    page.get_by_role("button", name="Undo: Immunosuppressants in the 7 days before").press("Enter")
    expect(ticked).to_have_count(0)
    expect(page.locator("#item-agents_7_days .taken")).to_have_count(0)
    expect(offer.locator(".said-recorded")).to_have_count(1)
    page.get_by_role("button", name="Use it: Immunosuppressants in the 7 days before").click()
    # Once somebody types there, the answer is theirs.
    page.locator("[name=agents_7_days][value=other]").check()
    expect(page.locator("#item-agents_7_days .taken")).to_have_count(0)
    expect(ticked).to_have_count(3)


def test_a_second_order_is_offered_its_course_and_how_the_first_was_given_and_no_dose(hospital: Hospital) -> None:
    with hospital.server.app.app_context():
        by = db.session.get_one(User, hospital.people["coordinator"])
        subject = db.session.get_one(Subject, hospital.subject_id)
        course = {"key": key(), "infusion": hospital.links["infusion"], "given": True}
        save(subject, by, "anakinra_course", {**course, "started_at": datetime(2026, 4, 7, 18)})
        order = {"key": key(), "course": course["key"], "from_at": datetime(2026, 4, 7, 18), "dose_value": Decimal(2)}
        given = {"dose_basis": "mg_per_kg_dose", "frequency": "q6h", "route": "sc", "rounding": "nearest_mg"}
        save(subject, by, "anakinra_regimen", {**order, **given, "taper_step": False, "cap_applied": "none"})
    hospital.sign_in("coordinator")
    page = hospital.page
    hospital.open("/subjects/{child}/anakinra_regimen/new")
    expect(page.locator("[data-live=course]")).to_contain_text("anakinra regimen, the order from 2026-04-07 18:00")
    page.get_by_role("button", name="Use it: Course").press("Enter")
    expect(page.locator("#course")).to_have_value(course["key"])
    expect(page.locator(".said-recorded")).to_have_count(3)
    said = "On record: Subcutaneous · anakinra regimen, the order from 2026-04-07 18:00"
    expect(page.locator("main")).to_contain_text(said)
    page.get_by_role("button", name="Use all 3 on record").press("Enter")
    expect(page.locator("#rounding")).to_have_value("nearest_mg")
    expect(page.locator("[name=dose_basis]:checked")).to_have_value("mg_per_kg_dose")
    for left in ("from_at", "dose_value", "given_mg"):
        expect(page.locator(f"#{left}")).to_have_value("")
    for left in ("cap_applied", "taper_step", "renally_adjusted"):
        expect(page.locator(f"[name={left}]:checked")).to_have_count(0)
    page.get_by_role("button", name="Undo: Route").press("Enter")
    expect(page.locator("[name=route]:checked")).to_have_count(0)
