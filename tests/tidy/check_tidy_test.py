"""check_tidy.py refuses what gcc lets pass."""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_tidy  # noqa: E402
import sources  # noqa: E402

COUNTER = """
class __attribute__((capability("mutex"))) Mutex {
 public:
  void Lock() __attribute__((acquire_capability()));
  void Unlock() __attribute__((release_capability()));
};

class Counter {
 public:
  void Add() { %s }

 private:
  Mutex mutex_;
  int count_ __attribute__((guarded_by(mutex_))) = 0;
};
"""


class Tidy(unittest.TestCase):
    def complaint(self, text, checks):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "counter.cc")
            file.write_text(text, encoding="utf-8")
            shutil.copy(sources.ROOT / ".clang-tidy", folder)
            commands = [{"directory": folder, "file": str(file), "command": f"g++ -std=c++20 -c {file}"}]
            pathlib.Path(folder, "compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")
            return check_tidy.tidy("clang-tidy-14", folder, file, checks)

    def test_a_guarded_field_is_not_touched_without_its_lock(self):
        for checks in (check_tidy.QUICK, ""):
            self.assertIn("requires holding mutex 'mutex_'", self.complaint(COUNTER % "++count_;", checks))

    def test_under_its_lock_it_is(self):
        for checks in (check_tidy.QUICK, ""):
            self.assertEqual("", self.complaint(COUNTER % "mutex_.Lock(); ++count_; mutex_.Unlock();", checks))


if __name__ == "__main__":
    unittest.main()
