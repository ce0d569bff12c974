"""What the estimand of a sensitivity analysis says: the one thing that was changed, and nothing against it."""

from __future__ import annotations

import pytest

from analysis.plan.resolution import CARHLH_COMPOSITE, CRS_R1, ICANS_R1
from analysis.plan.sensitivity import SENSITIVITY

VARIANT = {variant.id: variant for variants in SENSITIVITY.values() for variant in variants}


def intercurrent(endpoint):
    return dict(endpoint.estimand.intercurrent_events)


@pytest.mark.parametrize("primary", [CRS_R1, ICANS_R1, CARHLH_COMPOSITE])
def test_what_competes_is_said_in_one_line_of_the_estimand_and_no_other_says_that_it_does_not(primary):
    new_cells = intercurrent(VARIANT[f"{primary.id}_new_cells_compete"])
    assert [event for event in new_cells if "second infusion" in event or "transplant" in event] == [
        "second infusion or transplant before resolution"
    ]
    assert new_cells["transfer out of the registry"].startswith("censored")
    rescue = intercurrent(VARIANT[f"{primary.id}_new_rescue_competes"])
    assert [event for event in rescue if "rescue" in event and "given by time zero" not in event] == [
        "new rescue class before resolution"
    ]
    assert "other immunosuppressants after time zero" not in rescue


def test_where_the_grade_is_another_the_population_is_that_of_this_grade():
    populations = {name: VARIANT[name].estimand.population for name in VARIANT if name.startswith("icans_r1_24h")}
    changed = {name for name, text in populations.items() if text != ICANS_R1.estimand.population}
    assert changed == {"icans_r1_24h_literal", "icans_r1_24h_clinician"}
    assert "last ICANS grade (literal) at or before" in populations["icans_r1_24h_literal"]
    assert populations["icans_r1_24h_clinician"].endswith("was 2 or more, by the clinician's grade only")
