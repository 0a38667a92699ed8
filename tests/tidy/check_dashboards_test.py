#!/usr/bin/python3
"""What tools/check_dashboards.py is there to find, it finds."""

import copy
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_dashboards  # noqa: E402
import dashboards  # noqa: E402

KNOWN = check_dashboards.labels_by_series(
    "| `latchkey_decisions_total` | counter | `action` | x |\n| `latchkey_wait_seconds` | histogram |  | x |\n")
EXPR = 'sum by (action) (rate(latchkey_decisions_total{job=~"$job",instance=~"$instance",action!="ALLOW"}[$__rate_interval]))'
PANEL = {"id": 1, "type": "timeseries", "title": "Answers", "description": "By action.", "datasource": check_dashboards.SOURCE,
         "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "fieldConfig": {"defaults": {"unit": "ops"}},
         "targets": [{"refId": "A", "datasource": check_dashboards.SOURCE, "expr": EXPR, "legendFormat": "{{action}}"}]}
BOARD = {"uid": "latchkey-x", "title": "Latchkey / X", "description": "What there is to see of x.", "tags": ["latchkey"],
         "schemaVersion": 38, "links": [{"keepTime": True, "includeVars": True}],
         "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}, {"name": "job"},
                                 {"name": "instance"}]}, "panels": [PANEL]}


def found(spoil=None):
    board = copy.deepcopy(BOARD)
    if spoil:
        spoil(board)
    return list(check_dashboards.complaints({"x": board}, KNOWN))


def with_expr(expr):
    return found(lambda board: board["panels"][0]["targets"][0].update(expr=expr))


class CheckDashboardsTest(unittest.TestCase):
    def test_a_dashboard_that_keeps_the_habits_is_fine(self):
        self.assertEqual(found(), [])

    def test_another_uid_lost_variables_and_an_id_of_one_grafana_are_found(self):
        self.assertIn("uid", found(lambda b: b.update(uid="abc"))[0])
        self.assertIn("variables", found(lambda b: b["templating"]["list"].pop())[0])
        self.assertIn("an id", found(lambda b: b.update(id=7))[0])

    def test_panels_that_overlap_or_stick_out_are_found(self):
        second = dict(copy.deepcopy(PANEL), id=2, title="Other", gridPos={"x": 11, "y": 7, "w": 12, "h": 8})
        self.assertIn("Other: lies on Answers", found(lambda b: b["panels"].append(second))[0])
        beside = dict(second, gridPos={"x": 12, "y": 0, "w": 12, "h": 8})
        self.assertEqual(found(lambda b: b["panels"].append(beside)), [])
        self.assertIn("outside", found(lambda b: b["panels"][0]["gridPos"].update(w=25))[0])

    def test_a_fixed_data_source_a_strange_unit_and_missing_words_are_found(self):
        self.assertIn("data source", found(lambda b: b["panels"][0].update(datasource={"type": "prometheus", "uid": "P1"}))[0])
        self.assertIn("unit", found(lambda b: b["panels"][0]["fieldConfig"]["defaults"].update(unit="furlongs"))[0])
        self.assertIn("description", found(lambda b: b["panels"][0].update(description=""))[0])
        self.assertIn("legend", found(lambda b: b["panels"][0]["targets"][0].pop("legendFormat"))[0])

    def test_metrics_and_labels_that_nobody_shows_are_found(self):
        self.assertIn("not in docs", with_expr(EXPR.replace("decisions_total", "decision_total"))[0])
        self.assertIn("no label acton", with_expr(EXPR.replace("action!=", "acton!="))[0])
        self.assertIn("groups by acton", with_expr(EXPR.replace("by (action)", "by (acton)"))[0])

    def test_a_counter_without_a_rate_and_a_query_of_all_jobs_are_found(self):
        self.assertIn("without a rate", with_expr('sum(latchkey_decisions_total{job=~"$job",instance=~"$instance"})')[0])
        self.assertIn("not limited", with_expr("rate(latchkey_decisions_total[5m])")[0])

    def test_a_query_that_is_no_promql_is_found(self):
        board = copy.deepcopy(BOARD)
        board["panels"][0]["targets"][0]["expr"] = "sum by (action (1)"
        self.assertEqual(len(list(check_dashboards.promql_complaints({"x": board}))), 1)

    def test_variables_are_filled_in_as_grafana_does(self):
        self.assertEqual(dashboards.fill_in(EXPR, "9s"),
                         'sum by (action) (rate(latchkey_decisions_total{job=~".*",instance=~".*",action!="ALLOW"}[9s]))')


if __name__ == "__main__":
    unittest.main()
