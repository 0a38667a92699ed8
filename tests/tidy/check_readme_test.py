#!/usr/bin/python3
"""What tools/check_readme.py is there to find, it finds."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_readme  # noqa: E402

FILE = "import x\n# README begins\ndef f():\n    return 1\n# README ends\n"
README = "# T\n\n```python\ndef f():\n    return 1\n```\n"


class CheckReadmeTest(unittest.TestCase):
    def test_an_excerpt_that_is_shown_as_it_is_passes(self):
        self.assertEqual(list(check_readme.snippet_complaints(README, {"python": ("f.py", FILE)})), [])

    def test_an_excerpt_that_differs_is_found(self):
        changed = FILE.replace("return 1", "return 2")
        self.assertEqual(len(list(check_readme.snippet_complaints(README, {"python": ("f.py", changed)}))), 1)

    def test_a_file_without_marks_is_found(self):
        self.assertIn("README begins", next(check_readme.snippet_complaints(README, {"python": ("f.py", "x = 1\n")})))

    def test_a_setting_that_is_missing_or_has_another_default_is_found(self):
        source = '      {"listen", "127.0.0.1:7450", "…"},\n      {"store", "memory",\n       "…"},\n      {"key_ring", "", "…"},\n'
        page = "# C\n\n## Settings\n\n| setting | default |\n| `listen` | `127.0.0.1:7450` | a |\n| `key_ring` | | b |\n"
        self.assertEqual(len(list(check_readme.settings_complaints(page, source))), 1)
        page += "| `store` | `redis` | c |\n"
        self.assertIn("the default of 'store'", next(check_readme.settings_complaints(page, source)))

    def test_a_link_to_nowhere_is_found_and_others_are_not(self):
        page = pathlib.PurePath("docs/a.md")
        text = "[a](b.md) [b](https://example.org) [c](#part) [d](gone.md#x)"
        found = list(check_readme.link_complaints(page, text, lambda t: str(t) == "docs/b.md"))
        self.assertEqual(found, ["docs/a.md: links to gone.md, which is not there"])


if __name__ == "__main__":
    unittest.main()
