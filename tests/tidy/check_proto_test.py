"""The proto checks find what would break a caller or surprise a reader when it is planted, and pass the rest."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_proto_breaking  # noqa: E402
import check_proto_lint  # noqa: E402
import proto_files  # noqa: E402

GOOD = """// What it is.
syntax = "proto3";
package shop.v1;

// Sells.
service ShopService {
  // Buys one thing.
  rpc Buy(BuyRequest) returns (BuyResponse);
}
// Says what to buy.
message BuyRequest {
  // What.
  string thing = 1;
  // How many of what.
  map<string, int64> counts = 2;
  // Which colour.
  oneof colour {
    // By name.
    string colour_name = 3;
    // By number.
    int32 colour_code = 4;
  }
  // How soon.
  Speed speed = 5;
}
// Says what was bought.
message BuyResponse {
  // The price, if it is known.
  optional int64 price = 1;
}
// Says how soon.
enum Speed {
  // Never sent.
  SPEED_UNSPECIFIED = 0;
  // Now.
  SPEED_NOW = 1;
}
"""


def load(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "shop/v1/shop.proto")
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        return proto_files.load(folder)


def changed(before, after):
    assert before in GOOD, before
    return GOOD.replace(before, after)


class Lint(unittest.TestCase):
    def complaints(self, text):
        return [why for file in load(text) for _, why in check_proto_lint.Linter(file).lint()]

    def test_a_good_file_passes(self):
        self.assertEqual([], self.complaints(GOOD))

    def test_every_element_has_a_comment(self):
        comments = [line for line in GOOD.splitlines()[1:] if line.strip().startswith("// ")]
        for comment in comments:
            self.assertEqual(1, len(self.complaints(changed(comment + "\n", "\n"))), comment)

    def test_names_are_as_others_expect_them(self):
        for before, after in (("string thing", "string Thing"), ("colour_code", "colourCode"),
                              ("ShopService", "Shop"), ("SPEED_NOW", "NOW"),
                              ("SPEED_UNSPECIFIED", "SPEED_UNKNOWN"), ("package shop.v1", "package store.v1")):
            self.assertTrue(self.complaints(changed(before, after)), after)

    def test_a_method_has_messages_of_its_own(self):
        self.assertTrue(self.complaints(changed("returns (BuyResponse)", "returns (BuyRequest)")))


class Breaking(unittest.TestCase):
    def compare(self, after):
        facts = [list(check_proto_breaking.facts_of(load(text))) for text in (GOOD, after)]
        return check_proto_breaking.compare(*facts)

    def test_the_same_contract_breaks_nothing(self):
        self.assertEqual(([], []), self.compare(GOOD))

    def test_what_callers_rely_on_may_not_change(self):
        for before, after in (
                ("thing = 1", "thing = 6"), ("string thing", "bytes thing"), ("string thing", "repeated string thing"),
                ("thing = 1", "item = 1"), ("map<string, int64>", "map<string, int32>"),
                ("optional int64", "int64"), ("  // What.\n  string thing = 1;\n", ""),
                ("SPEED_NOW = 1", "SPEED_NOW = 2"), ("  // Now.\n  SPEED_NOW = 1;\n", ""),
                ("returns (BuyResponse)", "returns (stream BuyResponse)"),
                ("  // Buys one thing.\n  rpc Buy(BuyRequest) returns (BuyResponse);\n", ""),
                ("int32 colour_code = 4;\n  }", "}\n  int32 colour_code = 4;"), ("package shop.v1", "package shop.v2")):
            broken, _ = self.compare(changed(before, after))
            self.assertTrue(broken, after)

    def test_a_field_may_go_when_its_name_and_number_are_reserved(self):
        gone = "  // What.\n  string thing = 1;\n"
        self.assertEqual([], self.compare(changed(gone, '  reserved 1;\n  reserved "thing";\n'))[0])
        self.assertTrue(self.compare(changed(gone, "  reserved 1;\n"))[0])
        self.assertTrue(self.compare(changed(gone, '  reserved "thing";\n'))[0])

    def test_a_value_may_go_when_its_name_and_number_are_reserved(self):
        gone = "  // Now.\n  SPEED_NOW = 1;\n"
        self.assertEqual([], self.compare(changed(gone, '  reserved 1;\n  reserved "SPEED_NOW";\n'))[0])

    def test_an_addition_breaks_nobody_but_has_to_be_written_down(self):
        broken, new = self.compare(changed("  // How soon.\n", "  // Where to.\n  string place = 6;\n  // How soon.\n"))
        self.assertEqual([], broken)
        self.assertEqual(["field shop.v1.BuyRequest.place = 6: string"], new)


if __name__ == "__main__":
    unittest.main()
