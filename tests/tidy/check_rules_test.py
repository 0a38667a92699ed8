#!/usr/bin/python3
"""What tools/check_rules.py is there to find, it finds."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_rules  # noqa: E402

METRICS = "| `latchkey_decisions_total` | counter | `action` | x |\n| `latchkey_wait_seconds` | histogram |  | x |\n"
STORIES = "alertname=\"Slow\""
GOOD = """
groups:
  - name: x
    rules:
      - record: latchkey:decisions:rate5m
        expr: rate(latchkey_decisions_total[5m])
      - alert: Slow
        expr: latchkey:decisions:rate5m > 1 and rate(latchkey_wait_seconds_bucket[5m]) > 2
        for: 5m
        labels: { severity: page }
        annotations: { summary: decisions are slower than they should, runbook: look at this and that and mend it }
"""


def found(old="", new="", stories=STORIES, alerts="| `Slow` | page | |"):
    return list(check_rules.complaints(GOOD.replace(old, new) if old else GOOD, stories, METRICS, alerts))


class CheckRulesTest(unittest.TestCase):
    def test_rules_with_all_that_belongs_to_them_are_fine(self):
        self.assertEqual(found(), [])

    def test_a_metric_that_nobody_shows_is_found(self):
        self.assertIn("latchkey_decision_total", found("latchkey_decisions_total", "latchkey_decision_total")[0])
        self.assertIn("latchkey_wait_seconds ", found("wait_seconds_bucket", "wait_seconds")[0] + " ")

    def test_a_recording_that_is_not_made_is_found(self):
        self.assertIn("latchkey:decisions:rate6m", found("decisions:rate5m > 1", "decisions:rate6m > 1")[0])

    def test_an_alert_without_severity_runbook_or_duration_is_found(self):
        self.assertIn("severity", found("severity: page", "severity: bad")[0])
        self.assertIn("no runbook", found("look at this and that and mend it", "mend it")[0])
        self.assertIn("for how long", found("        for: 5m\n", "        keep: 5m\n")[0])

    def test_an_alert_that_never_fires_in_a_story_is_found(self):
        self.assertIn("no story", found(stories='alertname="Other"')[0])

    def test_an_alert_that_people_are_not_told_of_is_found(self):
        self.assertIn("docs/alerts.md", found(alerts="")[0])


if __name__ == "__main__":
    unittest.main()
