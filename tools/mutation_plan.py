"""What is broken on purpose, and which tests must notice: modules in the order of their weight, and their test files.

The tests are the tables, which need no database and name the source of each expected number. The properties on made-up
children are left out: a rule that only they hold has no row of its own.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

HLH = ("hlh", "hlh_2004", "cartox", "iec_hs", "iec_hs_limits", "iec_hs_grade")
GRADING = {
    "crs": ("crs", "crs_domains"),
    "crs_signs": ("crs", "crs_domains"),
    "icans": ("icans", "icans_domains"),
    "icans_signs": ("icans", "icans_domains"),
    "hypotension": ("hypotension", "crs"),
    "ctcae_rules": ("ctcae", "ctcae_open"),
    "ctcae_open": ("ctcae_open", "ctcae"),
    "crs_phases": HLH,
    "hlh_open": HLH,
    "hlh_findings": (*HLH, "carhlh"),
    "hlh_2004": HLH,
    "iec_hs": HLH,
    "iec_hs_grade": HLH,
    "iec_hs_limits": HLH,
    "iec_hs_breathing": HLH,
    "iec_hs_before": HLH,
    "iec_hs_causes": HLH,
    "daily": ("episodes", "carhlh"),
    "episodes": ("episodes",),
    "precedence": ("precedence", "episodes"),
    "icaht": ("icaht",),
    "recovery": ("recovery", "icaht"),
    "counts": ("counts", "icaht", "ctcae"),
    "ctcae": ("ctcae", "ctcae_told"),
    "cartox": HLH,
    "carhlh_set": ("carhlh", "carhlh_course", "carhlh_dates"),
    "carhlh_course": ("carhlh_course", "carhlh_limits", "carhlh"),
    "carhlh_facts": ("carhlh_facts", "carhlh"),
    "carhlh_dates": ("carhlh_dates", "carhlh_facts", "carhlh"),
    "carhlh_open": ("carhlh_dates", "carhlh"),
    "child": ("child", "crs", "icans", "hypotension", "ctcae"),
    "episode_sets": ("episode_sets", "episodes"),
    "fever_hiding": ("fever_hiding", "crs", "crs_domains"),
    "infection": ("infection",),
    "infection_merging": ("infection",),
    "infection_timing": ("infection_timing", "infection"),
    "parts": ("parts", "crs", "crs_domains", "icans", "icans_domains", "tian"),
    "phases": ("crs", "icans", "ctcae", *HLH),
    "samples": ("samples", *HLH, "icaht", "ctcae", "carhlh"),
    "tian": ("tian",),
    "one_row": ("rule_set",),
}
"""Module of forms/grading -> the tests/test_grading_*.py that hold its tables."""

DOSES = (
    "dosing",
    "dosing_properties",
    "protocol_judgement",
    "protocol_judgement_over_time",
    "protocol_judgement_words",
    "protocols",
    "dose_messages",
)
CHECKS = ("every_check", "casebook_checks", "dose_messages")
LIMITS = (
    "edit_checks",
    "values",
    "casebook_checks",
    "unit_slips",
    "unit_slips_of_the_body",
    "unit_slips_beside_findings",
    "every_check",
    "dose_messages",
)
DOSING = {
    "arithmetic": DOSES,
    "regimen_judgement": DOSES,
    "regimen_fit": ("regimen_fit", *DOSES),
    "regimen_setting": ("regimen_setting", *DOSES),
    "regimens": ("regimens", *DOSES),
    "protocol_rules": ("protocol_words", "protocols"),
    "protocol_words": ("protocol_words", "protocols"),
    "weights": ("weights", "agents", "label", *DOSES),
    "steroids": ("prednisone", "agents"),
    "steroid_sum": ("steroid_on_record",),
    "immunosuppressants": ("agents",),
    "immunosuppressants_open": ("immunosuppressants_open", "agents"),
    "agents": ("agent_spans", "agents"),
    "label": ("label",),
    "kidneys": ("kidneys", "label"),
}
"""Module of forms/dosing -> its tests/test_*.py."""

OTHERS = {
    "rule_set": ("grading_rule_set",),
    "edit_checks": LIMITS,
    "unit_slips": ("unit_slips", "unit_slips_of_the_body", "unit_slips_told_apart"),
    "ordering": ("ordering",),
    "anchors": ("anchors",),
}
"""Module of forms/ -> its tests/test_*.py."""

GRADED = ("checks_on_grades",)
BETWEEN = ("checks_between_pages",)
PAGES = ("page_checks", *BETWEEN)
CASEBOOK = {
    "adverse_event_recorded": ("events_on_record",),
    "adverse_event_rules": ("event_checks",),
    "baseline_rules": PAGES,
    "end_of_study_rules": PAGES,
    "enrolment_rules": PAGES,
    "follow_up_rules": PAGES,
    "infusion_rules": PAGES,
    "anakinra_course_recorded": ("state_on_record", "steroid_on_record"),
    "anakinra_course_rules": ("course_checks", "course_treatment_checks"),
    "anakinra_course_start_rules": BETWEEN,
    "anakinra_course_treatment": ("course_checks", "course_treatment_checks"),
    "anakinra_regimen_amounts": ("dose_checks",),
    "anakinra_regimen_doses": ("dose_checks",),
    "anakinra_regimen_place": ("order_checks",),
    "anakinra_regimen_recorded": ("orders_on_record", "answers_on_record"),
    "anakinra_regimen_rules": ("dose_checks",),
    "assessment_agreement_rules": ("assessment_checks", *GRADED),
    "concomitant_agent_recorded": ("agents_on_record",),
    "concomitant_agent_rules": ("agent_checks",),
    "concomitant_agent_steroids": ("agent_checks",),
    "concomitant_agent_tocilizumab": ("agent_checks",),
    "assessment_hlh_rules": ("hlh_checks", *GRADED),
    "assessment_circulation": ("assessment_items",),
    "assessment_hlh": ("assessment_items",),
    "assessment_neurology": ("assessment_items",),
    "assessment_rules": ("assessment_checks", "assessment_items"),
    "assessment_sign_rules": ("sign_checks", *GRADED),
    "baseline_test_rules": ("page_checks", *GRADED),
    "infection_rules": ("infection_checks",),
    "laboratory": ("laboratory_rules",),
    "laboratory_rules": ("laboratory_rules",),
    "follow_up_recorded": ("contacts_on_record",),
    "infection_recorded": ("answers_on_record",),
    "recorded_elsewhere": ("answers_on_record", "agents_on_record"),
    "response_course_rules": ("response_checks",),
    "response_rules": ("response_checks", *BETWEEN),
    "support": ("infection_checks",),
    "toxicity_episode_grade_rules": ("episode_checks", *GRADED),
    "toxicity_episode_recorded": ("answers_on_record",),
    "toxicity_episode_rules": ("episode_checks",),
}
"""Module of forms/casebook/ -> the tests/test_*.py that hold it beside the tables of all checks."""

RUN_AT_IMPORT = frozenset(
    {
        "forms/grading/ctcae_rules.py",
        "forms/dosing/arithmetic.py",
    }
)
"""Modules whose functions run while rules, checks, items or tests are imported: imported again for each mutant."""


def plan() -> dict[str, tuple[str, ...]]:
    """Return module -> its test files, both as paths from the root of the project, the weightiest first."""
    found = {f"forms/grading/{name}.py": tuple(f"grading_{test}" for test in tests) for name, tests in GRADING.items()}
    found |= {f"forms/dosing/{name}.py": tests for name, tests in DOSING.items()}
    found |= {f"forms/{name}.py": tests for name, tests in OTHERS.items()}
    found |= {module: (*CASEBOOK.get(Path(module).stem, ()), *CHECKS) for module in casebook_modules()}
    return {module: tuple(f"tests/test_{test}.py" for test in tests) for module, tests in found.items()}


def casebook_modules() -> list[str]:
    """Return the files of the casebook that hold functions: its rules and the check files beside them."""
    files = sorted((ROOT / "forms/casebook").glob("*.py"))
    return [f"forms/casebook/{file.name}" for file in files if "\ndef " in file.read_text(encoding="utf-8")]


def group_of(module: str) -> str:
    """Return which of the three parts of the promise a module belongs to; what a rule set is belongs to grading."""
    if module.startswith("forms/dosing/"):
        return "dosing"
    return "grading" if module.startswith("forms/grading/") or module == "forms/rule_set.py" else "checks"
