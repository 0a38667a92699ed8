"""Grafana's dashboards as data: what check_dashboards.py, live_dashboards.py and render_dashboards.py share."""

import dataclasses
import json
import re

import sources

FOLDER = sources.ROOT / "deploy" / "grafana"
VARIABLE = re.compile(r"\$\{?(\w+)\}?")


@dataclasses.dataclass
class Query:
    """One query of one panel."""
    board: str
    panel: dict
    expr: str
    legend: str
    instant: bool

    @property
    def where(self):
        return f"{self.board}: {self.panel['title']}"


def load(folder=FOLDER):
    """The dashboards by the names of their files, the overview first."""
    paths = sorted(folder.glob("*.json"), key=lambda path: (path.stem != "overview", path.stem))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def charts(board):
    """The panels that show something: all but rows."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(name, board):
    for panel in charts(board):
        for target in panel["targets"]:
            yield Query(name, panel, target["expr"], target.get("legendFormat", ""), bool(target.get("instant")))


def fill_in(expr, interval="5m"):
    """The query as Grafana sends it with everything chosen."""
    values = {"__rate_interval": interval, "__interval": interval, "__range": "1h", "job": ".*", "instance": ".*"}
    return VARIABLE.sub(lambda match: values.get(match.group(1), match.group(0)), expr)


def legend_of(legend, labels):
    """"{{action}}" with the labels of a series; what it lacks is left out."""
    if not legend:
        return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()) if name != "__name__")
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: labels.get(match.group(1), ""), legend).strip()
