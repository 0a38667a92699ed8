"""check_tsan.py tells a race of ours from what TSan says about libraries that it cannot see into."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_tsan  # noqa: E402


def report(first, second, created_by="grpc::Server::Start()"):
    return "\n".join((
        "WARNING: ThreadSanitizer: data race (pid=1)",
        "  Write of size 8 at 0x7b04 by thread T2:",
        *(f"    #{i} {frame} a.cc:1 (prog+0x1)" for i, frame in enumerate(first)),
        "",
        "  Previous read of size 8 at 0x7b04 by thread T1:",
        *(f"    #{i} {frame} a.cc:2 (prog+0x2)" for i, frame in enumerate(second)),
        "",
        "  Location is heap block of size 8 allocated by main thread:",
        "    #0 latchkey::Serve() main.cc:3 (prog+0x3)",
        "",
        "  Thread T2 (tid=3, running) created by main thread at:",
        f"    #0 {created_by} b.cc:4 (prog+0x4)",
        "SUMMARY: ThreadSanitizer: data race a.cc:1",
    ))


class Tsan(unittest.TestCase):
    def test_a_race_in_our_code_counts(self):
        self.assertTrue(check_tsan.is_ours(report(["latchkey::Shard::Add(int)"], ["grpc::Run()"])))
        self.assertTrue(check_tsan.is_ours(report(["grpc::Run()"], ["latchkey::Shard::Add(int)"])))

    def test_a_race_on_a_container_of_ours_counts(self):
        stack = ["memcpy", "std::vector<int>::push_back(int&&)", "latchkey::Shard::Add(int)"]
        self.assertTrue(check_tsan.is_ours(report(stack, ["grpc::Run()"])))

    def test_a_report_inside_a_library_does_not(self):
        stack = ["grpc_core::Combiner::Run()", "latchkey::Serve()"]
        self.assertFalse(check_tsan.is_ours(report(stack, ["grpc_core::Poll()"])))

    def test_where_a_thread_or_memory_came_from_is_not_the_race(self):
        self.assertFalse(check_tsan.is_ours(report(["grpc::Run()"], ["grpc::Stop()"], "latchkey::Start()")))

    def test_generated_messages_are_a_library(self):
        self.assertFalse(check_tsan.is_ours(report(["latchkey::v1::Assess::Clear()"], ["grpc::Run()"])))

    def test_every_report_of_a_file_is_found(self):
        text = "noise\n" + report(["latchkey::A()"], ["b()"]) + "\n====\n" + report(["c()"], ["d()"]) + "\n"
        self.assertEqual([True, False], [check_tsan.is_ours(r) for r in check_tsan.reports_in(text)])


if __name__ == "__main__":
    unittest.main()
