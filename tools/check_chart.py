#!/usr/bin/python3
"""The Helm chart is well-formed, its values, their schema and its templates speak of the same things, and what it writes
for latchkeyd are settings that latchkeyd knows.

That much needs no Helm and runs everywhere. With Helm (in PATH, or as LATCHKEY_HELM; tools/install_helm.sh gets one)
it is linted strictly and rendered with each file of ci/ as well, and `--require-helm` refuses to do without.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

import sources

CHART = sources.ROOT / "helm" / "latchkey"
USED = re.compile(r"\.Values\.([A-Za-z0-9_.]+)")
KUBE_VERSIONS = ("1.29.0", "1.34.0")
OBJECTS_MIN = 5


def paths_of(values, prefix=""):
    """The dotted names of all values, maps and leaves alike."""
    for key, value in values.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from paths_of(value, f"{prefix}{key}.")


def schema_complaints(values, schema, definitions, where="values"):
    """What the values hold that the schema does not describe, and the other way round. `global` is Helm's own."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[1]]
    properties = schema.get("properties")
    if not isinstance(values, dict) or properties is None:
        kind = schema.get("type")
        kinds = {"string": str, "boolean": bool, "object": dict, "array": list, "integer": int}
        if isinstance(kind, str) and not isinstance(values, kinds[kind]):
            yield f"{where}: is {values!r}, but the schema says {kind}"
        if "enum" in schema and values not in schema["enum"]:
            yield f"{where}: is {values!r}, but the schema says one of {schema['enum']}"
        if "pattern" in schema and isinstance(values, str) and not re.search(schema["pattern"], values):
            yield f"{where}: {values!r} does not match the schema's pattern"
        return
    if schema.get("additionalProperties") is not False:
        yield f"{where}: the schema lets misspelt values through (additionalProperties)"
    for name, value in values.items():
        if name not in properties:
            yield f"{where}.{name}: not in values.schema.json"
        else:
            yield from schema_complaints(value, properties[name], definitions, f"{where}.{name}")
    for name in properties:
        if name not in values and name != "global" and not where.startswith("values.probes."):
            yield f"{where}.{name}: in values.schema.json, but values.yaml does not show it"


def template_complaints(values, templates):
    """Values that templates read and values.yaml does not have."""
    known = set(paths_of(values))
    free = {path for path in known if not isinstance(dig(values, path), dict) or not dig(values, path)}
    for name, text in templates.items():
        for used in sorted(set(USED.findall(text))):
            used = used.rstrip(".")
            if used not in known and not any(used.startswith(path + ".") for path in free):
                yield f"{name}: .Values.{used} is not in values.yaml"


def dig(values, path):
    for key in path.split("."):
        values = values[key]
    return values


def settings_of(server_source):
    """The names of latchkeyd's settings, from the table in server/settings.cc."""
    return set(re.findall(r'^\s*\{"([a-z_.]+)",\s', server_source, re.MULTILINE))


def config_complaints(text, known):
    """Settings in a rendered latchkey.yaml that latchkeyd would refuse."""
    def leaves(tree, prefix=""):
        for key, value in tree.items():
            if isinstance(value, dict):
                yield from leaves(value, f"{prefix}{key}.")
            else:
                yield prefix + key, value
    for name, value in leaves(yaml.safe_load(text)):
        if name not in known:
            yield f"latchkey.yaml: latchkeyd has no setting '{name}'"
        if isinstance(value, (list, type(None))):
            yield f"latchkey.yaml: '{name}' is not a single value"


def rendered_complaints(documents, known):
    """What is wrong with the objects of one rendering."""
    objects = [d for d in yaml.safe_load_all(documents) if d]
    if len(objects) < OBJECTS_MIN:
        yield f"only {len(objects)} objects"
    for item in objects:
        name = f"{item.get('kind')}/{item.get('metadata', {}).get('name')}"
        labels = item["metadata"].get("labels", {})
        if not item.get("apiVersion") or "app.kubernetes.io/instance" not in labels:
            yield f"{name}: no apiVersion or no labels"
        config = item.get("data", {}).get("latchkey.yaml")
        if config:
            yield from (f"{name}: {why}" for why in config_complaints(config, known))
        pod = item.get("spec", {}).get("template", {}).get("spec", item.get("spec", {}))
        for container in pod.get("containers", []):
            context = container.get("securityContext", {})
            if context.get("allowPrivilegeEscalation") is not False or not context.get("readOnlyRootFilesystem"):
                yield f"{name}: container {container['name']} is not restricted"
            if pod.get("securityContext", {}).get("runAsNonRoot") is not True:
                yield f"{name}: may run as root"
            mounted = {m["name"] for m in container.get("volumeMounts", [])}
            claims = {c["metadata"]["name"] for c in item.get("spec", {}).get("volumeClaimTemplates", [])}
            offered = {v["name"] for v in pod.get("volumes", [])} | claims
            if mounted - offered:
                yield f"{name}: mounts what is no volume: {', '.join(sorted(mounted - offered))}"
            liveness = container.get("livenessProbe")
            if liveness and "tcpSocket" not in liveness:
                yield f"{name}: liveness must look at nothing but the port, so that no outage of Redis restarts pods"


def copy_complaints(root):
    """A chart holds only files of its own folder, so it has copies of what deploy/ has for everybody."""
    chart = root / "helm" / "latchkey" / "files"
    pairs = [(root / "deploy" / "prometheus" / "latchkey.rules.yml", chart / "latchkey.rules.yml")]
    dashboards = root / "deploy" / "grafana"
    names = {p.name for folder in (dashboards, chart / "dashboards") for p in folder.glob("*.json")}
    pairs += [(dashboards / name, chart / "dashboards" / name) for name in sorted(names)]
    for source, copy in pairs:
        if not source.exists():
            yield f"{copy.relative_to(root)}: there is no {source.relative_to(root)}"
        elif not copy.exists() or copy.read_bytes() != source.read_bytes():
            yield f"{copy.relative_to(root)}: is not as {source.relative_to(root)}; copy it"


def find_helm():
    gobin = pathlib.Path.home() / "go" / "bin"
    named = os.environ.get("LATCHKEY_HELM")
    return named or shutil.which("helm") or shutil.which("helm", path=f"{sources.ROOT / 'build' / 'tools'}:{gobin}")


def helm_complaints(helm, known):
    def run(*arguments):
        return subprocess.run([helm, *arguments], capture_output=True, text=True, check=False)

    for values in sorted((CHART / "ci").glob("*.yaml")):
        linted = run("lint", "--strict", str(CHART), "-f", str(values))
        if linted.returncode != 0:
            yield f"{values.name}: helm lint --strict: {linted.stdout}{linted.stderr}"
        for version in KUBE_VERSIONS:
            for extra in ((), ("--set-file", f"policy.text={sources.ROOT / 'policies' / 'default.yaml'}")):
                rendered = run("template", "shop", str(CHART), "-n", "shop", "-f", str(values), "--kube-version", version,
                               *extra)
                if rendered.returncode != 0:
                    yield f"{values.name}: helm template: {rendered.stderr}"
                else:
                    yield from (f"{values.name}: {why}" for why in rendered_complaints(rendered.stdout, known))
    for wrong, word in (("replicaCount=2,insecure=true", "one pod"), ("insecure=false", "tls.existingSecret"),
                        ("insecure=true,replicas=2", "additional properties"),
                        ("insecure=true,store=redis://r:6379", "keyRing.existingSecret"),
                        ("insecure=true,store=redis://u:secret@r:6379,keyRing.existingSecret=k", "holds a password")):
        refused = run("template", "shop", str(CHART), "--kube-version", KUBE_VERSIONS[0], "--set", wrong)
        if refused.returncode == 0 or word not in refused.stderr:
            yield f"--set {wrong}: should be refused with a word about '{word}'"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--require-helm", action="store_true")
    require_helm = parser.parse_args().require_helm

    known = settings_of((sources.ROOT / "server" / "settings.cc").read_text(encoding="utf-8"))
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    templates = {p.name: p.read_text(encoding="utf-8") for p in (CHART / "templates").rglob("*") if p.is_file()}
    complaints = list(schema_complaints(values, schema, schema["definitions"]))
    complaints += copy_complaints(sources.ROOT)
    complaints += template_complaints(values, templates)
    if yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))["name"] != CHART.name:
        complaints.append("Chart.yaml: the name is not the folder's")
    for path in (CHART / "ci").glob("*.yaml"):
        known_values = set(paths_of(values))
        for name in yaml.safe_load(path.read_text(encoding="utf-8")):
            if name not in known_values:
                complaints.append(f"{path.name}: {name} is not in values.yaml")
    helm = find_helm()
    if helm:
        with tempfile.TemporaryDirectory() as home:
            os.environ.setdefault("HELM_CACHE_HOME", home)
            complaints += helm_complaints(helm, known)
    elif require_helm:
        complaints.append("Helm is not installed; tools/install_helm.sh gets it with Go")
    print("\n".join(complaints) or f"the chart is sound ({'with' if helm else 'without'} helm)")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
