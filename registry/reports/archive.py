"""The zip of a finished report: the page to open, the files behind it, and what is what."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from registry.release.archives import zip_bytes
from registry.release.models import AnalysisRun
from registry.reports import interim
from registry.reports.markup import report_markup

README = "README.txt"
_FOLDERS = {
    "figures/": "each figure of the report by itself (SVG and PDF)",
    "tables/": "the numbers behind each table and figure (CSV, UTF-8)",
    "results.json": "the same numbers for programs",
    "analysis_plan.txt": "what is computed and why: the analysis plan of the code that made the report",
}


def report_zip(run: AnalysisRun, files: Mapping[str, Path], *, limited_to: str) -> bytes:
    """Return the zip of a report's files that somebody may have; the same files give the same bytes.

    Where the page that holds all pictures is not among them it is written without those that are not. ``limited_to``
    says in words what the analysis was limited to; empty for everybody.
    """
    contents = {name: path.read_bytes() for name, path in files.items()}
    is_whole = interim.PAGE in contents
    if not is_whole:
        contents[interim.PAGE] = _page_with(interim.report_page(run), contents).encode()
    contents[README] = _readme(run, contents, limited_to, is_whole=is_whole).encode()
    return zip_bytes(contents)


def _page_with(html: str, contents: Mapping[str, bytes]) -> str:
    """Return the page with those of its pictures inside that are among the files, and no link to any other file."""

    def address_of(name: str) -> str | None:
        return name if name in contents else None

    def picture_of(name: str) -> str | None:
        return f"data:image/svg+xml;base64,{b64encode(contents[name]).decode()}" if name in contents else None

    head, _, body = html.partition("<main>")
    title = body[body.find("<h1>") : body.find("</h1>") + len("</h1>")] if "<h1>" in body else ""
    return f"{head}<main>\n{title}{report_markup(html, address_of, picture_of)}</main>\n</body>\n</html>\n"


def _readme(run: AnalysisRun, contents: Mapping[str, bytes], limited_to: str, *, is_whole: bool) -> str:
    there = {name: words for name, words in _FOLDERS.items() if any(path.startswith(name) for path in contents)}
    width = max(map(len, (interim.PAGE, *there))) + 2
    lines = [
        "Interim report of the Pediatric Anakinra Registry",
        "",
        f"Data cut {run.cut.cut_id}, taken {run.cut.taken_at:%Y-%m-%d %H:%M} UTC.",
        *([f"Only {limited_to}."] if limited_to else []),
        "",
        f"{interim.PAGE:<{width}}the report: open this one first, in any browser; it needs no network",
        *(f"{name:<{width}}{words}" for name, words in there.items()),
        "",
        "Some tables have a row for each child. Keep them where such data may be kept, and pass none of them on."
        if is_whole
        else "Tables and pictures with a row for each child are not in it: only roles of the whole study see them.",
        "A registry describes; no comparison in it is randomized.",
    ]
    return "\n".join(lines) + "\n"
