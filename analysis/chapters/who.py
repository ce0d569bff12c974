"""Who is in the registry: from the infusions at the sites to the children of each curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace

from analysis.chapters.shares import SHARE_CSV, share_cells, share_values
from analysis.endpoints.capture import CAPTURE_WANTED, SiteCapture, capture_by_site, last_ended_quarter, overall_share
from analysis.endpoints.enrolment_flow import EnrolmentFlow, enrolment_flow
from analysis.estimators import Proportion
from analysis.plan.timing import SEVERE_GRADE
from analysis.printing.flow_figure import FlowBox, flow_figure
from analysis.printing.parts import Chapter, FigureOnPage, Section, Table
from analysis.study import Study
from analysis.wording import counted, percent

ALL = "All sites"


def chapter(study: Study) -> Chapter:
    """Return the flow diagram, the capture of each site, and the toxicities of the infused."""
    sites = capture_by_site(study.cut)
    flow = enrolment_flow(study.cut, study.children, study.set_aside, sites)
    overall = overall_share(sites)
    shares = {site.site: _share_value(site.share) for site in sites}
    return Chapter(
        id="who",
        title="Who is in the registry",
        sections=(_flow_section(study, flow), _capture_section(sites, overall)),
        files=(_aside_table(study),) if study.set_aside else (),
        results={"enrolment": {**asdict(flow), "capture": {ALL: _share_value(overall), **shares}}},
    )


def _flow_section(study: Study, flow: EnrolmentFlow) -> Section:
    steps, last = _boxes(study, flow)
    told = "; ".join(f"{box.name} {box.count}" for box in (*steps, *last))
    logs_end, data_date = last_ended_quarter(study.cut.data_date), study.cut.data_date
    figure = FigureOnPage(
        id="enrolment_flow",
        figure=flow_figure(
            steps, last, title="From infusion to analysis", footnote=f"{study.cut_line} · enrolment_flow"
        ),
        alt=f"Flow diagram. {told}. The logs end on {logs_end}, the data cut on {data_date};"
        f" {flow.infused_in_logged_quarters} of its children were infused by the end of the logs.",
        caption="Dashed frames: counted by the sites in their infusion logs, whatever is selected in this report; solid"
        " frames: children of this data cut. The last row: the risk sets of the primary curves, in which a child may"
        " stand more than once.",
        numbers=_numbers([*steps, *last]),
    )
    return Section(
        id="enrolment_flow",
        title="From infusion to analysis",
        notices=_aside_notices(study),
        figures=(figure,),
        tables=(_flow_table(study, flow),),
    )


def _aside_notices(study: Study) -> tuple[str, ...]:
    """Return who is in no chapter because its dates cannot all be right, and what to correct."""
    if not study.set_aside:
        return ()
    reasons = Counter(one.reason for one in study.set_aside)
    told = "; ".join(f"{reason}: {count}" for reason, count in sorted(reasons.items()))
    return (
        f"{counted(len(study.set_aside), 'infused child is', 'infused children are')} set aside, since dates cannot be"
        f" right ({told}): in the data cut, and in no later step of any chapter. tables/set_aside.csv names the records"
        " to correct.",
    )


def _aside_table(study: Study) -> Table:
    """Return one row per child that is set aside, as a file."""
    return Table(
        id="set_aside",
        title="Children set aside",
        header=(),
        rows=(),
        csv_header=("subject", "site", "reason", "source_form", "source_item", "source_record"),
        csv_rows=tuple(
            (one.subject, one.site, one.reason, one.source.form, one.source.item, one.source.record)
            for one in study.set_aside
        ),
    )


def _numbers(boxes: Sequence[FlowBox]) -> Table:
    """Return what the diagram shows: its CSV twin."""
    return Table(
        id="enrolment_flow",
        title="Numbers of the figure",
        header=(),
        rows=(),
        csv_header=("box", "count", "from_log", "beside", "left"),
        csv_rows=tuple((box.name, box.count, int(box.is_from_log), box.beside, box.left) for box in boxes),
    )


def _boxes(study: Study, flow: EnrolmentFlow) -> tuple[list[FlowBox], list[FlowBox]]:
    """Return the boxes of the steps, from the infusion logs to the first dose, and those of the last row."""
    endpoints = [
        FlowBox(name=f"{one.endpoint.toxicity} at the first dose", count=len(one.cohort.rows))
        for one in study.endpoints
    ]
    return [*_logged_boxes(study, flow), *_recorded_boxes(study, flow)], endpoints


def _logged_boxes(study: Study, flow: EnrolmentFlow) -> list[FlowBox]:
    not_asked = flow.infused_at_sites - flow.approached
    no_answer = flow.approached - flow.consented - flow.refused
    declined = f"declined {flow.refused}" + (f", no answer {no_answer}" if no_answer > 0 else "")
    not_enrolled = max(flow.consented - flow.enrolled, 0)
    logs_end = f"The logs end with a quarter: {last_ended_quarter(study.cut.data_date)}."
    boxes = (
        FlowBox(name="Infused at the sites", count=flow.infused_at_sites, left=f"not asked {not_asked}"),
        FlowBox(name="Asked to take part", count=flow.approached, left=declined),
        FlowBox(name="Agreed", count=flow.consented, left=f"not enrolled {not_enrolled}"),
        FlowBox(name="Enrolled, by the logs", count=flow.enrolled, beside=logs_end),
    )
    return [replace(box, is_from_log=True) for box in boxes]


def _recorded_boxes(study: Study, flow: EnrolmentFlow) -> list[FlowBox]:
    logs_end, data_date = last_ended_quarter(study.cut.data_date), study.cut.data_date
    toxicities = "\n".join(
        f"{one.toxicity} {one.children}, grade {SEVERE_GRADE} or more {one.severe}"
        + (f", not known {one.grade_missing}" if one.grade_missing else "")
        for one in flow.toxicities
    )
    unknown, not_recorded = flow.given_anakinra - flow.first_dose_known, flow.given_not_recorded
    return [
        FlowBox(
            name="In the data cut",
            count=flow.in_the_cut,
            left=f"no infusion recorded {flow.without_infusion}"
            + (f", impossible dates {flow.set_aside}" if flow.set_aside else ""),
            beside=f"Counted anew, to {data_date}:\nof these, {flow.infused_in_logged_quarters} infused by {logs_end}.",
        ),
        FlowBox(
            name="Infused",
            count=flow.infused,
            left=f"not given anakinra {flow.not_given}" + (f", not recorded {not_recorded}" if not_recorded else ""),
            beside=toxicities,
        ),
        FlowBox(name="Given anakinra", count=flow.given_anakinra, left=f"time of first dose not known {unknown}"),
    ]


def _flow_table(study: Study, flow: EnrolmentFlow) -> Table:
    severe = f"grade {SEVERE_GRADE} or more"
    logs, cut, bedside = "infusion logs", "data cut", "episodes, assessments"
    logs_end = last_ended_quarter(study.cut.data_date)
    rows: list[tuple[str, int, str]] = [
        ("Infused at the sites", flow.infused_at_sites, logs),
        ("Asked to take part", flow.approached, logs),
        ("Declined", flow.refused, logs),
        ("Agreed", flow.consented, logs),
        ("Enrolled", flow.enrolled, logs),
        ("In the data cut", flow.in_the_cut, cut),
        *([("Set aside: dates that cannot be right", flow.set_aside, cut)] if flow.set_aside else []),
        ("No infusion recorded", flow.without_infusion, cut),
        ("Infused", flow.infused, cut),
        (f"Infused by {logs_end}, as far as the logs go", flow.infused_in_logged_quarters, cut),
    ]
    for one in flow.toxicities:
        rows.append((f"{one.toxicity}, any grade", one.children, bedside))
        rows.append((f"{one.toxicity}, {severe}", one.severe, bedside))
        if one.grade_missing:
            rows.append((f"{one.toxicity}, highest grade missing", one.grade_missing, bedside))
    rows += [
        ("None of these toxicities", flow.without_toxicity, bedside),
        ("Not given anakinra", flow.not_given, "course pages"),
        ("Not recorded whether given anakinra", flow.given_not_recorded, "course pages"),
        ("Given anakinra", flow.given_anakinra, "course pages"),
        ("Day and time of the first dose known", flow.first_dose_known, "course pages"),
    ]
    rows += [(f"In the curve: {one.endpoint.title}", len(one.cohort.rows), "chapter 4") for one in study.endpoints]
    return Table(
        id="enrolment_steps",
        title="Children at each step",
        header=("Step", "Children", "Counted from"),
        rows=tuple((name, str(count), source) for name, count, source in rows),
        csv_header=("step", "children", "source"),
        csv_rows=tuple(rows),
        notes=(
            "Toxicities by the adjudication committee's grade on the days of the episode it judged; elsewhere by the"
            " higher of the episode page and, for CRS and ICANS, the assessments (derived grade before the"
            " clinician's). A child with several is counted"
            f" with each. Highest grade missing: no grade of {SEVERE_GRADE} or more, and an episode without a grade.",
            "Not given anakinra: no course page, or pages that all say so. Not recorded: a page leaves it open, and"
            " none says that it was given.",
            f"The logs count the quarters that have ended, the last on {logs_end}; the data cut goes on to its own day,"
            " so it can hold more children than the logs count as enrolled. Who withdrew is in the logs alone.",
        ),
    )


def _capture_section(sites: Sequence[SiteCapture], overall: Proportion | None) -> Section:
    short = [site.site for site in sites if site.share is not None and not site.is_well_captured]
    unknown = [site.site for site in sites if site.share is None]
    impossible = [f"{site.site} ({', '.join(site.impossible)})" for site in sites if site.impossible]
    unlogged = sum(len(site.without_log) for site in sites)
    notices = []
    if short or unknown:
        told = [f"under {CAPTURE_WANTED}: {', '.join(short)}"] if short else []
        told += [f"not known: {', '.join(unknown)}"] if unknown else []
        notices.append(
            f"Capture {'; '.join(told)}. Response rates that are compared between groups leave these sites out."
        )
    if impossible:
        notices.append(
            f"More enrolled than infused in the log of {'; '.join(impossible)}: correct the log, until then the site's"
            " capture is not known."
        )
    known = f"{overall.x} of {overall.n} infused children were enrolled" if overall else "No log tells the capture yet"
    share = f" ({percent(overall.estimate)})" if overall and overall.n else ""
    without = counted(unlogged, "ended quarter has", "ended quarters have")
    quarters = f"{without} no log." if unlogged else "Every ended quarter has a log."
    return Section(
        id="capture",
        title="How complete the registry is",
        paragraphs=(f"{known}{share}. {quarters}",),
        notices=tuple(notices),
        tables=(_capture_table(sites, overall),),
    )


def _capture_table(sites: Sequence[SiteCapture], overall: Proportion | None) -> Table:
    rows, csv_rows = [], []
    for site in sites:
        cells = share_cells(site.share) if site.share else (f"{site.enrolled}/{site.infused}", "not known", "")
        asked = (site.infused, site.approached, site.consented, site.refused)
        missing = str(len(site.without_log)) + (f" ({', '.join(site.without_log)})" if site.without_log else "")
        rows.append((site.site, *map(str, asked), *cells, missing))
        values = share_values(site.share)[2:] if site.share else (None,) * 3
        csv_rows.append((site.site, *asked, site.enrolled, *values, site.quarters, ";".join(site.without_log)))
    if overall and len(sites) > 1:
        totals = [
            sum(getattr(site, name) for site in sites) for name in ("infused", "approached", "consented", "refused")
        ]
        rows.append((ALL, *map(str, totals), *share_cells(overall), str(sum(len(site.without_log) for site in sites))))
    return Table(
        id="capture",
        title="Capture by site",
        header=(
            *("Site", "Infused", "Asked", "Agreed", "Declined", "Enrolled/infused", "Capture", "95 % limits"),
            "Quarters without a log",
        ),
        rows=tuple(rows),
        csv_header=(
            *("site", "infused", "approached", "consented", "refused", "enrolled", *SHARE_CSV[2:]),
            *("quarters_logged", "quarters_without_log"),
        ),
        csv_rows=tuple(csv_rows),
        notes=(
            "Source: the sites' infusion logs, summed over their quarters. Limits: Clopper-Pearson. A quarter is"
            " expected from the site's first infusion or log on, once it has ended.",
            "All sites: those whose capture is known.",
        ),
    )


def _share_value(share: Proportion | None) -> dict[str, float | int] | None:
    if share is None or share.n == 0:
        return None
    return {"x": share.x, "n": share.n, "estimate": share.estimate, "lower": share.lower, "upper": share.upper}
