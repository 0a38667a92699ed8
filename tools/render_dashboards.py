"""Draws dashboards with the data that their queries got, as one page that needs nothing else: HTML with SVG in it.

Not Grafana: enough to see what a dashboard shows, and to notice that it shows nothing useful.
"""

import html
import math

import dashboards

PALETTE = ["#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9", "#8ab8ff", "#ffa6b0", "#96d98d", "#ca95e5"]
NAMED = {"green": "#73bf69", "yellow": "#f2cc0c", "orange": "#ff9830", "red": "#f2495c", "blue": "#5794f2"}
ROW_PX, COLUMN_PX = 36, 56  # of Grafana's grid
STYLE = """
body{background:#111217;color:#ccccdc;font:13px/1.35 Inter,'DejaVu Sans',sans-serif;margin:16px;width:1344px}
h1{font-size:20px;font-weight:500;margin:28px 0 2px} .about{color:#9fa7b3;margin:0 0 10px}
.board{position:relative} .panel,.row{position:absolute;box-sizing:border-box}
.panel{background:#181b1f;border:1px solid #25282e;border-radius:3px;padding:6px 10px;overflow:hidden}
.row{color:#ccccdc;font-weight:500;border-bottom:1px solid #25282e;padding:8px 2px}
.title{font-weight:500;white-space:nowrap;overflow:hidden;text-overflow:ellipsis} .empty{color:#f2495c;padding:24px 0;text-align:center}
.stat{display:flex;align-items:center;justify-content:center;font-size:34px;font-weight:500;height:calc(100% - 22px)}
svg text{fill:#9fa7b3;font-size:11px} table{border-collapse:collapse;font-size:12px;width:100%} td,th{padding:1px 8px 1px 0;text-align:left}
td.n,th.n{text-align:right} th{color:#9fa7b3;font-weight:400} .dot{display:inline-block;width:12px;height:3px;margin-right:6px;vertical-align:middle}
.bar{display:grid;grid-template-columns:38% 1fr 64px;gap:8px;align-items:center;margin:5px 0} .bar i{display:block;height:16px;border-radius:2px}
.bar span{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
"""


def shown(value, unit, decimals=None):
    """A number as people read it."""
    if value is None or math.isnan(value):
        return "–"
    if unit == "percentunit":
        return f"{value * 100:.{1 if decimals is None else decimals}f} %"
    if unit == "s":
        for size, suffix in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs")):
            if abs(value) >= size:
                return f"{value / size:.3g} {suffix}"
        return "0 s"
    if unit == "bytes":
        for size, suffix in ((2 ** 30, "GiB"), (2 ** 20, "MiB"), (2 ** 10, "KiB")):
            if abs(value) >= size:
                return f"{value / size:.3g} {suffix}"
        return f"{value:.0f} B"
    text = f"{value:.{decimals}f}" if decimals is not None else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{text} /s" if unit == "ops" else text


def finite(points):
    return [(t, v) for t, v in points if not math.isnan(v) and not math.isinf(v)]


def threshold_colour(panel, value):
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
    colour = None
    for step in steps:
        if step["value"] is None or value >= step["value"]:
            colour = NAMED.get(step["color"], step["color"])
    return colour


def overridden(panel, name, what, usual):
    """What the panel says of this series alone."""
    for override in panel["fieldConfig"].get("overrides", []):
        if override["matcher"] == {"id": "byName", "options": name}:
            for change in override["properties"]:
                if change["id"] == what:
                    return change["value"]
    return usual


def colours_of(panel, names):
    fixed = [overridden(panel, name, "color", {}).get("fixedColor") for name in names]
    return [NAMED[colour] if colour else PALETTE[i % len(PALETTE)] for i, colour in enumerate(fixed)]


def mapped(panel, value, text):
    for mapping in panel["fieldConfig"]["defaults"].get("mappings", []):
        for key, option in mapping["options"].items():
            if float(key) == value:
                return option["text"]
    return text


def ticks(low, high, log):
    if log:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        return [10.0 ** power for power in powers]
    raw = (high - low) / 4 or 1
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * 0.999)
    first = math.ceil(low / step)
    return [step * i for i in range(first, math.floor(high / step * 1.0001) + 1)]


class Frame:
    """Where times and values lie in a chart of w by h pixels."""

    def __init__(self, w, h, times, low, high, log=False, left=62):
        self.w, self.h, self.left, self.log = w, h, left, log
        self.t0, self.t1 = times[0], max(times[-1], times[0] + 1)
        self.low, self.high = low, high

    def x(self, time):
        return self.left + (time - self.t0) / (self.t1 - self.t0) * (self.w - self.left - 8)

    def y(self, value):
        if self.log:
            part = (math.log10(max(value, self.low)) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        else:
            part = (value - self.low) / (self.high - self.low)
        return 6 + (1 - min(max(part, 0), 1)) * (self.h - 28)

    def axes(self, unit):
        for tick in ticks(self.low, self.high, self.log):
            y = self.y(tick)
            yield f'<line x1="{self.left}" x2="{self.w - 8}" y1="{y:.1f}" y2="{y:.1f}" stroke="#25282e"/>'
            yield f'<text x="{self.left - 6}" y="{y + 4:.1f}" text-anchor="end">{shown(tick, unit)}</text>'
        yield from self.times()

    def times(self):
        for i in range(5):
            time = self.t0 + (self.t1 - self.t0) * i / 4
            anchor = "end" if i == 4 else "start" if i == 0 else "middle"
            yield f'<text x="{self.x(time):.1f}" y="{self.h - 4}" text-anchor="{anchor}">{time - self.t1:.0f} s</text>'


def timeseries(panel, series, w, h):
    defaults = panel["fieldConfig"]["defaults"]
    custom, unit = defaults.get("custom", {}), defaults["unit"]
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    log = custom.get("scaleDistribution", {}).get("type") == "log"
    series = [(name, finite(points)) for name, points in series]
    series = sorted((s for s in series if s[1]), key=lambda s: -max(v for _, v in s[1]))
    times = sorted({t for _, points in series for t, _ in points})
    base, drawn = dict.fromkeys(times, 0.0), []
    for name, points in series:
        if stacked:
            top = dict(base)
            top.update({t: base[t] + v for t, v in points})
            drawn.append((name, points, [(t, top[t]) for t, _ in points], [(t, base[t]) for t, _ in points]))
            base = top
        else:
            drawn.append((name, points, points, None))
    values = [v for _, _, line, _ in drawn for _, v in line]
    high, low = max(values), min(values)
    if log:
        low = 10 ** math.floor(math.log10(max(min(v for v in values if v > 0) if any(v > 0 for v in values) else 1e-6, 1e-6)))
        high = 10 ** math.ceil(math.log10(max(high, low * 1.01)))
    else:
        low = defaults.get("min", min(low, 0))
        high = max(defaults.get("max", high * 1.08), low + 1e-9) if high > low else low + 1
    legend_px = 24 + 20 * min(len(series), 6)
    frame = Frame(w, max(h - legend_px, 90), times, low, high, log)
    out = [f'<svg width="{w}" height="{frame.h}">', *frame.axes(unit)]
    colours = colours_of(panel, [name for name, *_ in drawn])
    for colour, (name, _, line, floor) in zip(colours, drawn):
        opacity = overridden(panel, name, "custom.fillOpacity", custom.get("fillOpacity", 10)) / 100
        path = " ".join(f"{frame.x(t):.1f},{frame.y(v):.1f}" for t, v in line)
        bottom = floor or [(t, frame.low) for t, _ in line]
        area = path + " " + " ".join(f"{frame.x(t):.1f},{frame.y(v):.1f}" for t, v in reversed(bottom))
        if not log:
            out.append(f'<polygon points="{area}" fill="{colour}" opacity="{opacity}"/>')
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    out.append("</svg><table><tr><th></th><th class=n>last</th><th class=n>max</th></tr>")
    for colour, (name, points, _, _) in zip(colours, drawn[:6]):
        out.append(f'<tr><td><span class=dot style="background:{colour}"></span>{html.escape(name)}</td>'
                   f"<td class=n>{shown(points[-1][1], unit)}</td><td class=n>{shown(max(v for _, v in points), unit)}</td></tr>")
    return "".join(out) + "</table>"


def stat(panel, series, _w, _h):
    defaults = panel["fieldConfig"]["defaults"]
    value = series[0][1][-1][1]
    colour = threshold_colour(panel, value)
    text = mapped(panel, value, shown(value, defaults["unit"], defaults.get("decimals")))
    style = f"background:{colour};color:#111217;border-radius:3px" if colour else ""
    return f'<div class=stat style="{style}">{html.escape(text)}</div>'


def bargauge(panel, series, _w, _h):
    defaults = panel["fieldConfig"]["defaults"]
    rows = sorted(((name, points[-1][1]) for name, points in series), key=lambda row: -row[1])
    most = max(value for _, value in rows) or 1
    return "".join(f'<div class=bar><span>{html.escape(name)}</span><i style="width:{max(value / most * 100, 1):.0f}%;background:#5794f2"></i>'
                   f"<span>{shown(value, defaults['unit'], defaults.get('decimals'))}</span></div>" for name, value in rows[:10])


def heatmap(panel, series, w, h):
    """Series are cumulative, by upper bound."""
    bounds = sorted(((float(name), dict(finite(points))) for name, points in series), key=lambda row: row[0])
    times = sorted({t for _, points in bounds for t in points})
    cells, used = [], [i for i in range(len(bounds)) if any(bounds[i][1].get(t, 0) - (bounds[i - 1][1].get(t, 0) if i else 0) > 0 for t in times)]
    first, last = max(used[0] - 1, 0), min(used[-1] + 1, len(bounds) - 1)
    rows = list(range(first, last + 1))
    frame = Frame(w, h - 10, times, 0, 1, left=70)
    cell_w, cell_h = (w - 78) / len(times), (frame.h - 28) / len(rows)
    counts = {(t, i): bounds[i][1].get(t, 0) - (bounds[i - 1][1].get(t, 0) if i else 0) for t in times for i in rows}
    most = max(counts.values()) or 1
    for place, i in enumerate(rows):
        y = 6 + (len(rows) - 1 - place) * cell_h
        label = "more" if math.isinf(bounds[i][0]) else shown(bounds[i][0], panel["fieldConfig"]["defaults"]["unit"])
        cells.append(f'<text x="64" y="{y + cell_h / 2 + 4:.1f}" text-anchor="end">{label}</text>')
        for at, t in enumerate(times):
            if counts[t, i] > 0:
                cells.append(f'<rect x="{70 + at * cell_w:.1f}" y="{y:.1f}" width="{cell_w - 0.6:.1f}" height="{cell_h - 1:.1f}" '
                             f'fill="#ff9830" opacity="{0.12 + 0.88 * (counts[t, i] / most) ** 0.5:.2f}"/>')
    return f'<svg width="{w}" height="{frame.h}">{"".join(cells)}{"".join(frame.times())}</svg>'


def table(_panel, series, _w, _h):
    return "<table>" + "".join(f"<tr><td>{html.escape(name)}</td></tr>" for name, _ in series) + "</table>"


DRAW = {"timeseries": timeseries, "stat": stat, "bargauge": bargauge, "heatmap": heatmap, "table": table}


def panel_html(panel, series):
    place = panel["gridPos"]
    box = (f'left:{place["x"] * COLUMN_PX + 3}px;top:{place["y"] * ROW_PX + 3}px;'
           f'width:{place["w"] * COLUMN_PX - 6}px;height:{place["h"] * ROW_PX - 6}px')
    title = html.escape(panel["title"])
    if panel["type"] == "row":
        return f'<div class=row style="{box}">{title}</div>'
    series = [(name, points) for name, points in series if finite(points)]
    inside = (DRAW[panel["type"]](panel, series, place["w"] * COLUMN_PX - 30, place["h"] * ROW_PX - 40)
              if series else "<div class=empty>no data</div>")
    return f'<div class=panel style="{box}" title="{html.escape(panel["description"])}"><div class=title>{title}</div>{inside}</div>'


def page(boards, data):
    """`data`: by dashboard and panel id, a list of (legend, [(time, value), …])."""
    out = [f"<!doctype html><meta charset=utf-8><title>Latchkey's dashboards</title><style>{STYLE}</style>"]
    for name, board in boards.items():
        bottom = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in board["panels"])
        out.append(f"<h1>{html.escape(board['title'])}</h1><p class=about>{html.escape(board['description'])}</p>")
        out.append(f'<div class=board style="height:{bottom * ROW_PX}px">')
        out += [panel_html(panel, data.get((name, panel["id"]), [])) for panel in board["panels"]]
        out.append("</div>")
    return "".join(out)


def height(boards):
    """Of the page, in pixels; a little more than it needs."""
    return 40 + sum(80 + ROW_PX * max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in board["panels"]) for board in boards.values())


def series_of(query, result):
    """Prometheus' answer as (legend, points)."""
    found = []
    for one in result:
        values = one.get("values") or [one["value"]]
        found.append((dashboards.legend_of(query.legend, one["metric"]), [(float(t), float(v)) for t, v in values]))
    return found
