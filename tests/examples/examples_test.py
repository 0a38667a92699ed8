#!/usr/bin/python3
"""The examples, run as their readers would, against a latchkeyd of this test's own.

    examples_test.py LATCHKEYD EXAMPLE_LOGIN PROTOC GRPC_PYTHON_PLUGIN
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RIGHT = "correct horse battery staple"
LATCHKEYD, EXAMPLE_LOGIN, PROTOC, PLUGIN = sys.argv[1:5]


class ExamplesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        home = pathlib.Path(self.folder.name)
        ready = home / "ready"
        self.server = subprocess.Popen(
            [LATCHKEYD, "--listen", "127.0.0.1:0", "--data-dir", home / "data", "--ready-file", ready,
             "--policy", ROOT / "policies" / "default.yaml"], stderr=subprocess.DEVNULL)
        self.addCleanup(self.end_server)
        give_up = time.monotonic() + 30
        while not ready.exists():
            if self.server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError("latchkeyd does not start")
            time.sleep(0.02)
        stubs = home / "stubs"
        stubs.mkdir()
        protos = sorted((ROOT / "proto" / "latchkey" / "v1").glob("*.proto"))
        subprocess.run([PROTOC, f"--proto_path={ROOT / 'proto'}", f"--python_out={stubs}", f"--grpc_out={stubs}",
                        f"--plugin=protoc-gen-grpc={PLUGIN}", *protos], check=True)
        self.environment = dict(os.environ, LATCHKEY_SERVER=ready.read_text().strip(), PYTHONPATH=str(stubs))

    def end_server(self):
        self.server.terminate()
        self.server.wait(30)

    def log_in(self, program, *words):
        return subprocess.run([*program, *words], env=self.environment, capture_output=True, text=True, timeout=60,
                              check=False)

    def play(self, program, address):
        wrong = self.log_in(program, "alice", "guess", address)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("wrong name or password", wrong.stdout + wrong.stderr)

        right = self.log_in(program, "alice", RIGHT, address)
        self.assertEqual(right.returncode, 0, right.stderr)
        cookie = right.stdout.split("cookie:")[1].strip()
        self.assertGreater(len(cookie), 50)

        # Five wrong passwords from elsewhere: the stranger is refused, the owner with the cookie is not.
        elsewhere = address.replace("192.0.2", "198.51.100")
        answers = [self.log_in(program, "alice", "guess", elsewhere) for _ in range(6)]
        self.assertIn("try again", answers[-1].stdout + answers[-1].stderr)
        again = self.log_in(program, "alice", RIGHT, elsewhere, cookie)
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)

    def test_cpp(self):
        self.play([EXAMPLE_LOGIN], "192.0.2.7")

    def test_python(self):
        self.play([sys.executable, "-B", str(ROOT / "examples" / "python" / "login.py")], "192.0.2.8")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
