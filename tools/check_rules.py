#!/usr/bin/python3
"""Prometheus' rules: promtool accepts them and their stories pass, every metric they name is one of docs/metrics.md, every
alert says how bad it is, what is wrong and what to do, and has a story in which it fires."""

import re
import shutil
import subprocess
import sys

import yaml

import sources

FOLDER = sources.ROOT / "deploy" / "prometheus"
RULES = FOLDER / "latchkey.rules.yml"
STORIES = FOLDER / "latchkey.rules.test.yml"
SEVERITIES = {"page", "ticket", "warning"}
METRIC = re.compile(r"\b(?:latchkey|process)_[a-z0-9_]+|\blatchkey:[a-z0-9_:]+")
OF_PROMETHEUS = {"up"}


def documented(text):
    """Every series name that latchkeyd can show, from the tables of docs/metrics.md."""
    names = set()
    for name, kind in re.findall(r"^\| `([a-z_]+)` \| (\w+) \|", text, re.MULTILINE):
        names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "histogram" else {name}
    return names


def rules_of(text):
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def complaints(rules_text, stories_text, metrics_text, alerts_text):
    rules = rules_of(rules_text)
    known = documented(metrics_text) | {rule["record"] for rule in rules if "record" in rule}
    for rule in rules:
        name = rule.get("record") or rule["alert"]
        for used in METRIC.findall(rule["expr"]):
            if used not in known:
                yield f"{name}: {used} is not in docs/metrics.md"
        if "alert" not in rule:
            continue
        if rule.get("labels", {}).get("severity") not in SEVERITIES:
            yield f"{name}: severity is none of {', '.join(sorted(SEVERITIES))}"
        for note in ("summary", "runbook"):
            if len(rule.get("annotations", {}).get(note, "")) < 20:
                yield f"{name}: no {note}"
        if f"| `{name}` |" not in alerts_text:
            yield f"{name}: is not in docs/alerts.md"
        if "for" not in rule:
            yield f"{name}: does not say for how long (`for`, 0m if at once)"
        if f'alertname="{name}"' not in stories_text and not re.search(rf"alertname: {name}\n\s+exp_alerts:", stories_text):
            yield f"{name}: no story of {STORIES.name} in which it fires"


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FOLDER)
    if done.returncode != 0:
        yield f"{' '.join(command)}:\n{done.stdout}{done.stderr}"


def main():
    promtool = shutil.which("promtool")
    if not promtool:
        sys.exit("promtool is not installed (the package prometheus, in packages.txt)")
    found = list(complaints(RULES.read_text(encoding="utf-8"), STORIES.read_text(encoding="utf-8"),
                            *((sources.ROOT / "docs" / name).read_text(encoding="utf-8")
                              for name in ("metrics.md", "alerts.md"))))
    found += run(promtool, "check", "rules", RULES.name)
    found += run(promtool, "test", "rules", STORIES.name)
    for complaint in found:
        print(f"{RULES.relative_to(sources.ROOT)}: {complaint}", file=sys.stderr)
    if found:
        return 1
    rules = rules_of(RULES.read_text(encoding="utf-8"))
    alerts = sorted({rule["alert"] for rule in rules if "alert" in rule})
    print(f"{len(rules)} rules, {len(alerts)} alerts, each with a story")
    return 0


if __name__ == "__main__":
    sys.exit(main())
