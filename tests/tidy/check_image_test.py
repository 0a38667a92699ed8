"""check_image.py sees what an image lacks."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_image  # noqa: E402

DOCKERFILE = """FROM debian:12 AS build
RUN apt-get install -y libbuilt-dev && true

FROM debian:12-slim
RUN apt-get update \\
    && apt-get install -y --no-install-recommends \\
       libone \\
       libtwo \\
    && true
"""
DEPENDS = {"libone": {"libdeep"}, "libdeep": {"libone", "libc6"}, "libbuilt-dev": {"libbuilt"}}


class Image(unittest.TestCase):
    def packages(self):
        return check_image.with_dependencies(check_image.installed_by(DOCKERFILE), DEPENDS)

    def test_the_packages_of_the_last_stage_count_and_what_they_depend_on(self):
        self.assertEqual({"libone", "libtwo", "libdeep", "libc6"}, self.packages())

    def test_a_library_of_another_package_is_missing(self):
        libraries = {"libdeep.so.1": {"libdeep", "libdeep-i386"}, "libbuilt.so.1": {"libbuilt"}}
        self.assertEqual([("libbuilt.so.1", ["libbuilt"])], check_image.missing(libraries, self.packages()))


if __name__ == "__main__":
    unittest.main()
