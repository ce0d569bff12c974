"""Table 1, lived: how each site gave anakinra, beside what its protocol states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analysis.chapters.practice_rows import site_rows
from analysis.chapters.shares import SHARE_CSV, share_cells, share_values
from analysis.endpoints.practice import CONFORMING, SitePractice, practice_by_site
from analysis.endpoints.protocols import StatedProtocol, protocols_of
from analysis.estimators import Proportion, proportion
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.printing.parts import Cell, Chapter, Section, Table
from analysis.study import Study
from analysis.wording import counted
from forms.dosing.regimen_judgement import CLASSES, NOT_COMPARABLE

ALL = "All sites"
REASONS = {
    "above_cap": "Above the cap",
    "other_taper": "Other taper",
    "other_dose": "Other dose",
    "other_frequency": "Other frequency",
    "other_route": "Other route",
    "other_indication": "Other indication",
    "other_line": "Other line",
}


def chapter(study: Study) -> Chapter:
    """Return the conformity of all sites, and a table of stated and recorded practice for each."""
    practices, protocols = practice_by_site(study.cut, study.children), protocols_of(study.cut)
    sections = [_conformity_section(practices)]
    sections += [_site_section(practice, protocols.get(practice.site)) for practice in practices]
    shares = {practice.site: _first_share(practice) for practice in practices}
    return Chapter(
        id="practice",
        title="Table 1, lived",
        sections=tuple(sections),
        results={"conformity": {site: {"x": share.x, "n": share.n} for site, share in shares.items()}},
    )


def _first_share(practice: SitePractice) -> Proportion:
    firsts = practice.first_comparable
    return proportion(sum(verdict in CONFORMING for verdict in firsts), len(firsts))


def _conformity_section(practices: Sequence[SitePractice]) -> Section:
    return Section(
        id="conformity",
        title="Orders and protocols",
        paragraphs=(
            "Each order was judged when it was saved against the protocol version in force on its first day:"
            " indication, line, dose (a tenth either way), frequency, route, cap and taper as far as that protocol"
            " states them.",
        ),
        notices=(
            "An order that differs is not an error: protocols leave room, and sites differ in how much they state.",
        ),
        tables=(_conformity_table(practices), _reason_table(practices)) if practices else (),
    )


def _conformity_table(practices: Sequence[SitePractice]) -> Table:
    rows: list[tuple[str, ...]] = []
    csv_rows: list[tuple[Cell, ...]] = []
    everything = SitePractice(
        site=ALL,
        courses=tuple(course for practice in practices for course in practice.courses),
        verdicts=tuple(verdict for practice in practices for verdict in practice.verdicts),
    )
    for practice in (*practices, everything):
        first, orders = _first_share(practice), practice.comparable
        conform = sum(verdict in CONFORMING for verdict in orders)
        not_comparable = practice.verdicts.count(NOT_COMPARABLE)
        children = len(practice.courses)
        cells = share_cells(first, least=LEAST_FOR_A_SHARE)
        rows.append((practice.site, str(children), *cells, f"{conform}/{len(orders)}", str(not_comparable)))
        csv_rows.append((practice.site, children, *share_values(first), conform, len(orders), not_comparable))
    return Table(
        id="conformity",
        title="Orders as the site's protocol says",
        header=(
            *("Site", "Children treated", "First order conforms", "Share", "95 % limits", "All orders conform"),
            "Not comparable",
        ),
        rows=tuple(rows),
        csv_header=("site", "children", *SHARE_CSV, "orders_conforming", "orders_comparable", "orders_not_comparable"),
        csv_rows=tuple(csv_rows),
        notes=(
            "Source: stored verdicts of the rule set regimen_judgement. First order: of each child's first course, one"
            " per child; limits: Clopper-Pearson. Orders cut at the protocol's cap conform.",
            "Not comparable: no protocol in force, a dose it does not state, or a missing answer; not in the"
            f" denominators. Under {LEAST_FOR_A_SHARE} children: counts alone.",
        ),
    )


def _reason_table(practices: Sequence[SitePractice]) -> Table:
    counts = {practice.site: Counter(practice.verdicts) for practice in practices}
    values: list[tuple[str | int, ...]] = [
        (reason, *(found[code] for found in counts.values()), sum(found[code] for found in counts.values()))
        for code, reason in REASONS.items()
    ]
    return Table(
        id="conformity_reasons",
        title="Orders that differ, by the first respect in which they do",
        header=("", *counts, ALL),
        rows=tuple(tuple(map(str, row)) for row in values),
        csv_header=("reason", *counts, "all"),
        csv_rows=tuple(values),
        notes=(
            f"Orders, not children. An order that differs in several respects is counted once, in this order:"
            f" {', '.join(CLASSES)}.",
        ),
    )


def _site_section(practice: SitePractice, protocol: StatedProtocol | None) -> Section:
    children = len(practice.courses)
    if protocol is None:
        stated = "No protocol of the site is in force."
    else:
        earlier = f", {counted(protocol.earlier, 'version', 'versions')} before it" if protocol.earlier else ""
        stated = f"Protocol {protocol.version}, in force since {protocol.effective_from.isoformat()}{earlier}."
    few = f" Under {LEAST_FOR_A_SHARE}: counts alone." if children < LEAST_FOR_A_SHARE else ""
    rows = site_rows(practice, protocol)
    return Section(
        id=f"practice_{practice.site.lower()}",
        title=practice.site,
        paragraphs=(f"{counted(children, 'treated child', 'treated children')}. {stated}{few}",),
        tables=(
            Table(
                id=f"practice_{practice.site.lower()}",
                title=f"{practice.site}: stated and recorded",
                header=("", "Stated", "Recorded"),
                rows=rows,
                csv_header=("respect", "stated", "recorded"),
                csv_rows=rows,
                notes=(
                    "Recorded: each child's first course and its first order. n/N of the answered; doses as ordered,"
                    " before cap and rounding; days with first and last counted, of courses that have ended.",
                    "Medians with the lowest and the highest value.",
                ),
            ),
        ),
    )
