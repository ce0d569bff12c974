"""A saved death judges again what is stored: what cannot be true any more is asked, and an open toxicity is closed."""

from datetime import date, datetime

import entries
from forms.values import PartialDate
from registry.database import db
from registry.models import DataQuery
from study import Study


def open_questions() -> dict[str, str]:
    """Return check id -> severity of the open data queries."""
    queries = db.session.query(DataQuery).filter_by(status="open")
    return {query.check_id: query.severity for query in queries}


def test_a_death_asks_about_what_is_dated_after_it_and_what_it_ended(study: Study) -> None:
    def save(form: str, **answers: object) -> dict[str, object]:
        row = {"key": entries.key(), **answers}
        entries.save(study.subject, study.coordinator, form, row)  # type: ignore[arg-type]
        return row

    onset = {"infusion": study.infusion, "toxicity": "crs", "onset_on": PartialDate("2026-03-07")}
    episode = save("toxicity_episode", **onset, outcome="ongoing")
    save("laboratory", infusion=study.infusion, sampled_at=datetime(2026, 3, 22, 6, 0))
    save("concomitant_agent", agent="tocilizumab", started_at=PartialDate("2026-03-22"), purpose="other")
    save("concomitant_agent", agent="dexamethasone", started_at=PartialDate("2026-03"), purpose="other")
    assert open_questions() == {}

    died = {"ended_on": date(2026, 3, 21), "reason": "died", "died_on": PartialDate("2026-03-20")}
    told = {"cause_of_death": "crs", "death_related_to_anakinra": "unlikely", "death_related_to_car_t": "probable"}
    save("end_of_study", **died, **told)
    assert open_questions() == {
        "toxicity_episode.death_closes_it": "soft",
        "laboratory.sampled_at_not_after_death": "confirm",
        "concomitant_agent.started_at_not_after_death": "hard",
    }

    closed = {**episode, "outcome": "unresolved_at_death"}
    entries.save(study.subject, study.coordinator, "toxicity_episode", closed, revision=1, reason="Died")  # type: ignore[arg-type]
    assert "toxicity_episode.death_closes_it" not in open_questions()
