"""check_layers.py finds each kind of wrong include when one is planted, and lets right ones pass."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_layers  # noqa: E402


def complaints(path, *lines):
    return [why for _, why in check_layers.check_text(path, "\n".join(lines))]


class Engine(unittest.TestCase):
    def test_may_include_itself_the_standard_library_and_absl(self):
        self.assertEqual([], complaints("engine/signal/limit.cc", '#include "engine/signal/limit.h"',
                                        "#include <vector>", '#include "absl/status/status.h"'))

    def test_may_not_include_an_adapter_or_the_server(self):
        self.assertTrue(complaints("engine/a.cc", '#include "adapters/redis/connection.h"'))
        self.assertTrue(complaints("engine/a.cc", '#include "server/wiring.h"'))

    def test_may_not_include_an_outside_library_even_as_a_system_header(self):
        for header in ("hiredis/hiredis.h", "grpcpp/grpcpp.h", "unistd.h", "yaml-cpp/yaml.h",
                       "latchkey/v1/guard.pb.h", "some/unheard_of.hpp"):
            self.assertTrue(complaints("engine/a.cc", f"#include <{header}>"), header)
            self.assertTrue(complaints("engine/a.cc", f'#  include "{header}"'), header)

    def test_may_not_open_files_or_read_a_real_clock(self):
        self.assertTrue(complaints("engine/a.cc", "#include <fstream>"))
        self.assertTrue(complaints("engine/a.cc", "auto now = std::chrono::steady_clock::now();"))
        self.assertEqual([], complaints("engine/a.cc", "// unlike system_clock::now()"))


class Adapters(unittest.TestCase):
    def test_may_include_the_engine_and_their_own_technology(self):
        self.assertEqual([], complaints("adapters/redis/connection.cc", '#include "adapters/redis/connection.h"',
                                        '#include "engine/store/signal_store.h"', "#include <hiredis/read.h>",
                                        "#include <sys/epoll.h>"))

    def test_may_not_include_one_another(self):
        self.assertTrue(complaints("adapters/grpc/a.cc", '#include "adapters/redis/connection.h"'))

    def test_may_not_use_the_technology_of_another(self):
        self.assertTrue(complaints("adapters/memory/a.cc", "#include <grpcpp/grpcpp.h>"))
        self.assertTrue(complaints("adapters/redis/a.cc", '#include "latchkey/v1/guard.pb.h"'))

    def test_of_others_stand_without_the_engine(self):
        self.assertTrue(complaints("adapters/clients/cpp/a.cc", '#include "engine/base/mutex.h"'))
        self.assertEqual([], complaints("adapters/clients/cpp/a.cc", '#include "adapters/clients/cpp/a.h"',
                                        '#include "latchkey/client.h"', "#include <grpcpp/channel.h>"))

    def test_state_their_technology_before_they_use_one(self):
        self.assertTrue(complaints("adapters/carrier_pigeon/a.cc", "#include <vector>"))


class Everybody(unittest.TestCase):
    def test_nobody_includes_the_server_but_itself_and_tests(self):
        self.assertTrue(complaints("cli/a.cc", '#include "server/wiring.h"'))
        self.assertTrue(complaints("adapters/grpc/a.cc", '#include "server/wiring.h"'))
        self.assertEqual([], complaints("server/main.cc", '#include "server/wiring.h"'))
        self.assertEqual([], complaints("tests/server/a.cc", '#include "server/wiring.h"'))

    def test_only_tests_include_tests(self):
        self.assertTrue(complaints("server/a.cc", '#include "tests/support/fake_clock.h"'))
        self.assertTrue(complaints("server/a.cc", "#include <gtest/gtest.h>"))
        self.assertEqual([], complaints("tests/a.cc", '#include "tests/support/fake_clock.h"'))

    def test_includes_are_written_from_the_root(self):
        self.assertTrue(complaints("engine/signal/limit.cc", '#include "limit.h"'))
        self.assertTrue(complaints("tests/a.cc", '#include "../engine/base/clock.h"'))
        self.assertTrue(complaints("tests/a.cc", "#include <engine/base/clock.h>"))

    def test_the_line_is_named(self):
        found = list(check_layers.check_text("engine/a.cc", "\n\n#include <unistd.h>"))
        self.assertEqual(3, found[0][0])


if __name__ == "__main__":
    unittest.main()
