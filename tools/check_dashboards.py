#!/usr/bin/python3
"""The dashboards in deploy/grafana are what Grafana takes, look alike, and ask only for what latchkeyd shows.

Schema and habits (ids, titles, descriptions, units, data source and variables), panels that overlap, queries that are no
PromQL (promtool), metrics and labels that docs/metrics.md does not have, counters without a rate.
"""

import re
import shutil
import subprocess
import sys
import tempfile

import yaml

import dashboards
import sources

KINDS = {"timeseries", "stat", "bargauge", "heatmap", "table", "row"}
UNITS = {"ops", "s", "percentunit", "short", "bytes"}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
VARIABLES = ["datasource", "job", "instance"]
OURS = 'job=~"$job",instance=~"$instance"'
SCRAPED = {"job", "instance", "le"}
COLUMNS = 24
RATES = ("rate(", "increase(", "changes(")
SERIES = re.compile(r"\b(latchkey_[a-z0-9_]+|process_[a-z0-9_]+)(\{[^}]*\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
GROUPING = re.compile(r"\b(?:by|on|group_left)\s*\(([^)]*)\)")


def labels_by_series(metrics_text):
    """What docs/metrics.md documents: series and the labels of each."""
    known = {}
    for name, kind, labels in re.findall(r"^\| `([a-z_]+)` \| (\w+) \| ([^|]*) \|", metrics_text, re.MULTILINE):
        has = set(re.findall(r"`(\w+)`", labels)) | SCRAPED
        names = [f"{name}_{part}" for part in ("bucket", "sum", "count")] if kind == "histogram" else [name]
        known.update(dict.fromkeys(names, has))
    return known


def board_complaints(name, board):
    if board.get("uid") != f"latchkey-{name}":
        yield f"uid is {board.get('uid')!r}, so links to it would not last: latchkey-{name}"
    if not board.get("title", "").startswith("Latchkey / ") or len(board.get("description", "")) < 20:
        yield "title does not begin with 'Latchkey / ', or no description"
    if board.get("id") is not None:
        yield "has an id: that is one Grafana's own"
    if "latchkey" not in board.get("tags", []):
        yield "is not tagged latchkey, so the others do not link to it"
    if not isinstance(board.get("schemaVersion"), int) or board["schemaVersion"] < 36:
        yield "schemaVersion is older than Grafana 9's"
    variables = board.get("templating", {}).get("list", [])
    if [v.get("name") for v in variables] != VARIABLES:
        yield f"variables are not {', '.join(VARIABLES)}"
    elif variables[0].get("type") != "datasource" or variables[0].get("query") != "prometheus":
        yield "the variable datasource does not choose a Prometheus"
    if not all(link.get("keepTime") and link.get("includeVars") for link in board.get("links", [{}])):
        yield "links lose the time range or the variables"


def panel_complaints(panel, ids, titles):
    title = panel.get("title", "")
    if panel.get("id") in ids or not isinstance(panel.get("id"), int):
        yield f"{title}: id {panel.get('id')} is missing or another's"
    ids.add(panel.get("id"))
    if panel.get("type") not in KINDS:
        yield f"{title}: type {panel.get('type')!r} is none of {', '.join(sorted(KINDS))}"
    if not title or title in titles:
        yield f"{title!r}: a title is missing or another's"
    titles.add(title)
    if panel.get("type") == "row":
        return
    if not panel.get("description", "").endswith("."):
        yield f"{title}: no description that is a sentence"
    if panel.get("datasource") != SOURCE:
        yield f"{title}: the data source is not the variable"
    if panel.get("fieldConfig", {}).get("defaults", {}).get("unit") not in UNITS:
        yield f"{title}: unit is none of {', '.join(sorted(UNITS))}"
    targets = panel.get("targets", [])
    if not targets or len({t.get("refId") for t in targets}) != len(targets):
        yield f"{title}: no queries, or two with one refId"
    for target in targets:
        if target.get("datasource") != SOURCE or not target.get("legendFormat"):
            yield f"{title}: query {target.get('refId')} has no legend or another data source"


def place_complaints(panels):
    """Panels outside the grid or on one another."""
    taken = {}
    for panel in panels:
        place = panel.get("gridPos", {})
        x, y, w, h = (place.get(key, -1) for key in "xywh")
        if min(x, y) < 0 or min(w, h) < 1 or x + w > COLUMNS:
            yield f"{panel.get('title')}: is outside the grid of {COLUMNS} columns"
            continue
        below = {taken.setdefault((cx, cy), panel.get("title"))
                 for cx in range(x, x + w) for cy in range(y, y + h)} - {panel.get("title")}
        for other in sorted(below):
            yield f"{panel.get('title')}: lies on {other}"


def query_complaints(query, known):
    for match in SERIES.finditer(query.expr):
        name, selector = match.group(1), match.group(2) or ""
        if name not in known:
            yield f"{query.panel['title']}: {name} is not in docs/metrics.md"
            continue
        if OURS not in selector:
            yield f"{query.panel['title']}: {name} is not limited to $job and $instance"
        for label in sorted(set(MATCHER.findall(selector)) - known[name]):
            yield f"{query.panel['title']}: {name} has no label {label}"
        if name.endswith("_total") and not query.expr[:match.start()].endswith(RATES):
            yield f"{query.panel['title']}: {name} is a counter without a rate"
    labels = set().union(*known.values())
    for group in GROUPING.findall(query.expr):
        for label in {part.strip() for part in group.split(",") if part.strip()} - labels:
            yield f"{query.panel['title']}: groups by {label}, which nothing has"


def complaints(boards, known):
    """Yields what is wrong, less PromQL."""
    for name, board in boards.items():
        ids, titles = set(), set()
        found = list(board_complaints(name, board))
        for panel in board.get("panels", []):
            found += panel_complaints(panel, ids, titles)
        found += place_complaints(board.get("panels", []))
        for query in dashboards.queries(name, board):
            found += query_complaints(query, known)
        yield from (f"{name}: {complaint}" for complaint in found)


def promql_complaints(boards):
    """promtool reads each query as the expression of a recording rule."""
    promtool = shutil.which("promtool")
    if not promtool:
        sys.exit("promtool is not installed (the package prometheus, in packages.txt)")
    for name, board in boards.items():
        asked = list(dashboards.queries(name, board))
        rules = [{"record": f"q{i}", "expr": dashboards.fill_in(query.expr)} for i, query in enumerate(asked)]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump({"groups": [{"name": name, "rules": rules}]}, file)
            file.flush()
            done = subprocess.run([promtool, "check", "rules", file.name], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield f"{name}: {done.stdout}{done.stderr}"


def main():
    boards = dashboards.load()
    if not boards:
        sys.exit("no dashboards found: wrong folder?")
    metrics_text = (sources.ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    found = list(complaints(boards, labels_by_series(metrics_text)))
    if not found:
        found += promql_complaints(boards)
    for complaint in found:
        print(f"deploy/grafana/{complaint}", file=sys.stderr)
    if found:
        return 1
    count = sum(len(list(dashboards.queries(name, board))) for name, board in boards.items())
    print(f"{len(boards)} dashboards, {count} queries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
