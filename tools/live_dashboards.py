#!/usr/bin/python3
"""Runs every query of every dashboard against a real Prometheus that scrapes two real latchkeyd on a real Redis under a
load of half a minute: owners, an attack, an outage and a wipe. Says which query got no data, and fails then.

Writes what it got as a page (and a picture, where chromium is installed) to look at. `./dev dashboards` builds what it needs.
"""

import argparse
import json
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import dashboards
import dashboards_load
import render_dashboards
import sources

INTERVAL = "6s"  # what $__rate_interval is at one scrape a second
RULES = sources.ROOT / "deploy" / "prometheus" / "latchkey.rules.yml"
POLICY = sources.ROOT / "policies" / "default.yaml"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Children:
    """Processes that end with this one, latest first."""

    def __init__(self, folder):
        self.folder, self.running = folder, []

    def start(self, name, *command):
        log = open(self.folder / f"{name}.log", "w", encoding="utf-8")
        self.running.append(subprocess.Popen([str(part) for part in command], stdout=log, stderr=log))
        return self.running[-1]

    def end(self):
        for child in reversed(self.running):
            child.send_signal(signal.SIGCONT)
            child.terminate()
        for child in self.running:
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()


def await_file(path, child, log):
    for _ in range(200):
        if path.exists():
            return path.read_text(encoding="utf-8").strip()
        if child.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit(f"{path.name} never came:\n{log.read_text(encoding='utf-8')}")


def ask(port, path, **parameters):
    url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)["data"]


def await_prometheus(port):
    for _ in range(100):
        try:
            return ask(port, "status/buildinfo")["version"]
        except OSError:
            time.sleep(0.1)
    sys.exit("prometheus does not come up")


class Stage:
    """All that runs: a Redis, two nodes, a Prometheus."""

    def __init__(self, folder, latchkeyd, latchkey):
        for tool in ("redis-server", "prometheus", "protoc"):
            if not shutil.which(tool):
                sys.exit(f"{tool} is not installed")
        self.folder, self.latchkey, self.children = folder, latchkey, Children(folder)
        self.redis_port, self.port = free_port(), free_port()
        self.redis = self.children.start("redis", "redis-server", "--port", self.redis_port, "--bind", "127.0.0.1", "--save", "",
                                         "--appendonly", "no", "--dir", folder)
        (folder / "ring").write_text(f"hash {secrets.token_hex(32)}\n1 {secrets.token_hex(32)}\n", encoding="utf-8")
        (folder / "ring").chmod(0o600)
        self.nodes, metrics = [], []
        for name in ("one", "two"):
            metrics.append(f"127.0.0.1:{free_port()}")
            node = self.children.start(
                name, latchkeyd, "--listen", "127.0.0.1:0", "--store", f"redis://127.0.0.1:{self.redis_port}", "--key-ring",
                folder / "ring", "--data-dir", folder / name, "--policy", POLICY, "--policy-source", "store", "--ready-file",
                folder / f"{name}.ready", "--metrics-listen", metrics[-1], "--recording-mode", "full",
                # Charges count for good after two minutes usually: longer than this run.
                "--attempt-token-life", "2s")
            self.nodes.append(await_file(folder / f"{name}.ready", node, folder / f"{name}.log"))
        self.shadow_a_policy()
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "latchkey", "static_configs": [{"targets": metrics}]}]}), encoding="utf-8")
        self.children.start("prometheus", "prometheus", f"--config.file={folder}/prometheus.yml", "--log.level=error",
                            f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address=127.0.0.1:{self.port}")
        self.version = await_prometheus(self.port)

    def shadow_a_policy(self):
        """The same policy with less for strangers, beside the one in force."""
        text = POLICY.read_text(encoding="utf-8").replace("above: 5,", "above: 2,", 1)
        stricter = self.folder / "stricter.yaml"
        stricter.write_text(text, encoding="utf-8")
        done = subprocess.run([str(self.latchkey), "--server", self.nodes[0], "policy", "apply", str(stricter), "--shadow",
                               "--expect-revision", "1", "--reason", "to see it on a dashboard"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"policy apply --shadow: {done.stdout}{done.stderr}")

    def freeze_redis(self, seconds):
        self.redis.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.redis.send_signal(signal.SIGCONT)

    def wipe_redis(self):
        with socket.create_connection(("127.0.0.1", self.redis_port), timeout=5) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            connection.recv(64)


def fetch(port, query, start, end):
    expr = dashboards.fill_in(query.expr, INTERVAL)
    if query.instant:
        return ask(port, "query", query=expr, time=end)["result"]
    return ask(port, "query_range", query=expr, start=start, end=end, step=1)["result"]


def has_data(series):
    return any(render_dashboards.finite(points) for _, points in series)


def picture(page, boards, folder):
    """A PNG beside the page, where there is a chromium."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        return None
    path = folder / "dashboards.png"
    subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--screenshot={path}",
                    f"--window-size=1376,{render_dashboards.height(boards)}", page.as_uri()], capture_output=True, check=False,
                   timeout=120)
    return path if path.exists() else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latchkeyd", type=pathlib.Path, required=True)
    parser.add_argument("--latchkey", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=30, help="how long the load lasts [30]")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the page and the picture")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    boards, empty, data = dashboards.load(), [], {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        stage = None
        try:
            stage = Stage(folder, options.latchkeyd.resolve(), options.latchkey.resolve())
            start = time.time() + 3
            load = dashboards_load.Load(stage.nodes, folder)
            load.start()
            time.sleep(options.seconds * 0.55)
            stage.freeze_redis(2)
            time.sleep(options.seconds * 0.25)
            stage.wipe_redis()
            time.sleep(options.seconds * 0.2)
            load.stop()
            end = time.time()
            for board_name, board in boards.items():
                for query in dashboards.queries(board_name, board):
                    series = render_dashboards.series_of(query, fetch(stage.port, query, start, end))
                    if not has_data(series):
                        empty.append(f"{query.where}: no data: {query.expr}")
                    data.setdefault((board_name, query.panel["id"]), []).extend(series)
            broken = [f"rule {rule['name']}: {rule.get('lastError')}" for group in ask(stage.port, "rules")["groups"]
                      for rule in group["rules"] if rule["health"] != "ok"]
        finally:
            if stage is not None:
                stage.children.end()
    page = options.out / "dashboards.html"
    page.write_text(render_dashboards.page(boards, data), encoding="utf-8")
    for complaint in empty + broken + load.problems():
        print(complaint, file=sys.stderr)
    count = sum(len(list(dashboards.queries(name, board))) for name, board in boards.items())
    print(f"Prometheus {stage.version}: {count - len(empty)} of {count} queries of {len(boards)} dashboards have data, "
          f"after {load.calls} calls")
    print(f"look at {page}", *filter(None, [picture(page.resolve(), boards, options.out.resolve())]))
    return 1 if empty or broken or load.problems() else 0


if __name__ == "__main__":
    sys.exit(main())
