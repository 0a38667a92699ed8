#!/usr/bin/python3
"""What tools/check_chart.py is there to find, it finds."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_chart  # noqa: E402

SCHEMA = {"type": "object", "additionalProperties": False,
          "properties": {"replicas": {"type": "integer"}, "store": {"type": "string", "pattern": "^(memory|redis://.+)$"}}}
RESTRICTED = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: x, labels: {{app.kubernetes.io/instance: x}}}}
spec:
  template:
    spec:
      securityContext: {{runAsNonRoot: true}}
      containers:
        - name: c
          securityContext: {{allowPrivilegeEscalation: false, readOnlyRootFilesystem: {read_only}}}
          livenessProbe: {{{probe}}}
          volumeMounts: [{{name: data, mountPath: /data}}]
      volumes: [{{name: {volume}}}]
"""


def schema_of(values):
    return list(check_chart.schema_complaints(values, SCHEMA, {}))


def rendered(read_only="true", probe="tcpSocket: {port: grpc}", volume="data"):
    text = RESTRICTED.format(read_only=read_only, probe=probe, volume=volume)
    return [c for c in check_chart.rendered_complaints(text, set()) if not c.startswith("only ")]


class CheckChartTest(unittest.TestCase):
    def test_values_and_schema_that_agree_are_fine(self):
        self.assertEqual(schema_of({"replicas": 1, "store": "memory"}), [])

    def test_a_value_without_schema_is_found(self):
        self.assertIn("not in values.schema.json", schema_of({"replicas": 1, "store": "memory", "stroe": ""})[0])

    def test_a_default_that_its_schema_refuses_is_found(self):
        self.assertEqual(len(schema_of({"replicas": "one", "store": "disk"})), 2)

    def test_a_schema_without_value_is_found(self):
        self.assertIn("does not show it", schema_of({"store": "memory"})[0])

    def test_a_template_that_reads_an_unknown_value_is_found(self):
        values = {"tls": {"existingSecret": ""}, "config": {}}
        good = {"a": "{{ .Values.tls.existingSecret }} {{ .Values.config.anything }}"}
        self.assertEqual(list(check_chart.template_complaints(values, good)), [])
        self.assertEqual(len(list(check_chart.template_complaints(values, {"a": "{{ .Values.tls.secret }}"}))), 1)

    def test_a_setting_that_latchkeyd_does_not_know_is_found(self):
        known = check_chart.settings_of('      {"listen", "127.0.0.1:7450", "…"},\n      {"log.level", "info", "…"},\n')
        self.assertEqual(known, {"listen", "log.level"})
        self.assertEqual(list(check_chart.config_complaints("listen: x\nlog: {level: info}\n", known)), [])
        self.assertEqual(len(list(check_chart.config_complaints("listne: x\nlog: {levl: info}\n", known))), 2)

    def test_a_restricted_pod_is_fine(self):
        self.assertEqual(rendered(), [])

    def test_a_writable_root_a_missing_volume_and_a_liveness_that_asks_redis_are_found(self):
        self.assertIn("not restricted", rendered(read_only="false")[0])
        self.assertIn("no volume", rendered(volume="other")[0])
        self.assertIn("restarts pods", rendered(probe="grpc: {port: 7450}")[0])

    def test_a_copy_that_is_missing_stale_or_of_nothing_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            files = root / "helm" / "latchkey" / "files"
            for path in (files / "dashboards", root / "deploy" / "prometheus", root / "deploy" / "grafana"):
                path.mkdir(parents=True)
            rules = root / "deploy" / "prometheus" / "latchkey.rules.yml"
            rules.write_text("groups: []")
            self.assertIn("copy it", list(check_chart.copy_complaints(root))[0])
            (files / "latchkey.rules.yml").write_text("groups: []")
            self.assertEqual(list(check_chart.copy_complaints(root)), [])
            (root / "deploy" / "grafana" / "overview.json").write_text("{}")
            (files / "dashboards" / "gone.json").write_text("{}")
            self.assertEqual(len(list(check_chart.copy_complaints(root))), 2)


if __name__ == "__main__":
    unittest.main()
