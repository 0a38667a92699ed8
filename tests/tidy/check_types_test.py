"""check_types.py finds a type that is defined twice, and nothing where names only look alike."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_types  # noqa: E402


def file_with(*lines, namespace="latchkey"):
    return "\n".join([f"namespace {namespace} {{", *lines, f"}}  // namespace {namespace}"])


class Types(unittest.TestCase):
    def complaints(self, *files):
        return check_types.check({f"{i}.h": text for i, text in enumerate(files)})[0]

    def test_two_definitions_of_one_name_are_found(self):
        for kind in ("struct", "class", "enum class"):
            self.assertEqual(1, len(self.complaints(file_with(f"{kind} Finding {{"), file_with("struct Finding {"))))
        self.assertTrue(self.complaints(file_with("class A final : public B {"), file_with("class A {")))

    def test_declarations_are_no_definitions(self):
        self.assertEqual([], self.complaints(file_with("class A;"), file_with("class A {"), file_with("struct A* a();")))

    def test_namespaces_keep_names_apart(self):
        self.assertEqual([], self.complaints(file_with("class A {"), file_with("class A {", namespace="latchkey::lab")))
        self.assertEqual([], self.complaints(file_with("class A {"),
                                             file_with("namespace {", "class A {", "}  // namespace")))


if __name__ == "__main__":
    unittest.main()
