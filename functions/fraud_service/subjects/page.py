"""A subject's report as a page for people: no script, no style from elsewhere, nothing that is not escaped."""

from html import escape

from fraud.subjects.report import Holding, SubjectReport

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem;display:block;overflow-x:auto}"
    "th,td{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top}th{background:#f2f2f2}"
)


def report_page(report: SubjectReport) -> str:
    """Return the report as HTML."""
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>What we hold</title><style>{_STYLE}</style>"
    facts = {
        "Report": report.report_id,
        "Generated": report.generated_at.isoformat(timespec="seconds"),
        "Found by": report.identified_by.replace("_", " "),
        "Records": report.records,
        "Raw events": report.raw_copies,
        "Sources": report.sources,
        "Recipients": "; ".join(report.recipients),
        "Your rights": report.rights,
    }
    told: list[list[object]] = [[one.decision, one.logic, one.consequence] for one in report.decisions]
    decided = "<h2>What is decided without a person</h2>" + _table(told, ["Decision", "By which logic", "Consequence"])
    parts = [head, "<h1>What we hold on you</h1>", _table([[name, fact] for name, fact in facts.items()]), decided]
    return "".join([*parts, *map(_section, report.holdings)])


def _section(held: Holding) -> str:
    place = held.place
    title = f"<h2>{escape(place.store)}</h2><p>{escape(place.purpose)}. Ground: {escape(place.legal_ground)}. "
    kept = f"Kept: {escape(place.kept_for)}.</p>"
    if not held.records:
        return f"{title}{kept}<p>Nothing is held.</p>"
    meanings = _table([[name, meaning] for name, meaning in held.fields.items()], ["Field", "What it is for"])
    rows = [[record.get(name, "") for name in held.fields] for record in held.records]
    note = "" if held.is_complete else "<p>There are more records than are shown; ask for the rest.</p>"
    return f"{title}{kept}{meanings}{_table(rows, list(held.fields))}{note}"


def _table(rows: list[list[object]], heads: list[str] | None = None) -> str:
    head = "<tr>" + "".join(f"<th>{escape(name)}</th>" for name in heads) + "</tr>" if heads else ""
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>{head}{body}</table>"
