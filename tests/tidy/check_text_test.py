"""check_text.py finds each broken habit when one is planted, and lets tidy files pass."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_text  # noqa: E402

HEADER = "// What it is.\n#pragma once\n"


def complaints(path, text):
    return [why for _, why in check_text.check_text(path, text)]


class Text(unittest.TestCase):
    def test_a_tidy_header_passes(self):
        self.assertEqual([], complaints("engine/a.h", HEADER + "int x;\n"))

    def test_a_header_says_what_it_is_and_is_read_once(self):
        self.assertTrue(complaints("engine/a.h", "#pragma once\n"))
        self.assertTrue(complaints("engine/a.h", "// What it is.\n"))

    def test_files_stay_small(self):
        self.assertEqual([], complaints("engine/a.cc", "int x;\n" * 450))
        self.assertTrue(complaints("engine/a.cc", "int x;\n" * 451))

    def test_work_is_finished(self):
        for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X"):
            self.assertTrue(complaints("engine/a.cc", f"// {word}: later\n"), word)

    def test_no_path_of_one_machine(self):
        for path in ("/work" + "/main", "/root" + "/.cache", "/home" + "/alice/src"):
            self.assertTrue(complaints("docs/A.md", f"# A\nsee {path}\n"), path)
        self.assertEqual([], complaints("docs/A.md", "# A\nsee docs/work/main\n"))

    def test_markdown_has_one_title_and_code_in_it_is_not_a_title(self):
        self.assertEqual([], complaints("docs/A.md", "# A\n\n```sh\n# a comment\n```\n"))
        self.assertTrue(complaints("docs/A.md", "# A\n\n# B\n"))
        self.assertTrue(complaints("docs/A.md", "no title\n"))

    def test_no_trailing_whitespace_and_a_newline_at_the_end(self):
        self.assertTrue(complaints("a.md", "# A \n"))
        self.assertTrue(complaints("a.md", "# A"))


if __name__ == "__main__":
    unittest.main()
