#include "adapters/redis/sentinel_topology.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

// The value after `name` in a flat list of names and values.
std::optional<std::string> Field(const Reply& reply, std::string_view name) {
  for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    if (reply.elements[i].text == name) return reply.elements[i + 1].text;
  }
  return std::nullopt;
}

absl::Status At(const NodeAddress& place, absl::StatusCode code, absl::string_view what) {
  return {code, absl::StrCat("Sentinel ", place.Text(), ": ", what)};
}

}  // namespace

SentinelTopology::SentinelTopology(EventLoop& loop, SentinelAccess sentinels, std::string environment)
    : sentinels_(std::move(sentinels)),
      environment_(std::move(environment)),
      watchers_(loop, sentinels_.access, [](const NodeAddress&, const ConnectionState&) {}) {
  watchers_.Want(sentinels_.seeds);
}

void SentinelTopology::Ask(NodePool& pool, Done done) {
  round_ = std::make_shared<Round>();
  round_->done = std::move(done);
  for (const NodeAddress& sentinel : sentinels_.seeds) {
    // Who serves now: the one just promoted, while SENTINEL MASTER still tells the old one.
    const auto serving = std::make_shared<NodeAddress>();
    watchers_.To(sentinel).Send({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", sentinels_.master}, kPatience,
                                [serving](const absl::StatusOr<Reply>& reply) {
                                  int port = 0;
                                  if (!reply.ok() || reply->elements.size() != 2 ||
                                      !absl::SimpleAtoi(reply->elements[1].text, &port) || port <= 0 ||
                                      port > 65535)
                                    return;
                                  *serving = {reply->elements[0].text, static_cast<uint16_t>(port)};
                                });
    watchers_.To(sentinel).Send(
        {"SENTINEL", "MASTER", sentinels_.master}, kPatience,
        // A callback of a round that is over, or of a topology that is gone, finds nobody.
        [this, &pool, sentinel, serving,
         mine = std::weak_ptr<Round>(round_)](const absl::StatusOr<Reply>& reply) {
          if (const auto round = mine.lock(); round != nullptr && !round->decided)
            Hear(pool, sentinel, *serving, reply);
        });
  }
}

void SentinelTopology::Hear(NodePool& pool, const NodeAddress& sentinel, const NodeAddress& serving,
                            const absl::StatusOr<Reply>& reply) {
  Round& round = *round_;
  absl::Status why;
  if (!reply.ok()) {
    why = At(sentinel, reply.status().code(), reply.status().message());
  } else if (reply->IsError()) {
    const bool unknown = reply->text.find("No such master") != std::string::npos;
    why = At(sentinel, unknown ? absl::StatusCode::kNotFound : ErrorReplyStatus(*reply).code(),
             unknown ? absl::StrCat("it watches no master named '", sentinels_.master, "'") : reply->text);
  } else {
    const std::string host = Field(*reply, "ip").value_or("");
    int port = 0;
    int64_t epoch = 0;
    const bool good = absl::SimpleAtoi(Field(*reply, "port").value_or(""), &port) && port > 0 &&
                      port < 65536 && absl::SimpleAtoi(Field(*reply, "config-epoch").value_or(""), &epoch);
    const NodeAddress master{host, static_cast<uint16_t>(port)};
    const bool failing_over = absl::StrContains(Field(*reply, "flags").value_or(""), "failover_in_progress");
    if (good && failing_over && !serving.host.empty() && serving != master) {
      round.answers.push_back({serving, epoch + 1, /*failing_over=*/false});
    } else if (good && !host.empty()) {
      round.answers.push_back({master, epoch, failing_over});
    } else {
      why = At(sentinel, absl::StatusCode::kInternal, "SENTINEL MASTER answered something unexpected");
    }
  }
  if (!why.ok()) {
    ++round.failed;
    // The first that was refused says more than one that is merely down.
    if (round.why.ok() || absl::IsUnavailable(round.why)) round.why = why;
  }
  const size_t all = sentinels_.seeds.size();
  const bool last = round.answers.size() + round.failed == all;
  if (!last) return;
  if (round.answers.empty()) return Finish(round.why);
  const Said& best = *std::max_element(round.answers.begin(), round.answers.end(),
                                       [](const Said& a, const Said& b) { return a.epoch < b.epoch; });
  // The old master may come back meanwhile, and empty.
  if (std::any_of(round.answers.begin(), round.answers.end(),
                  [&best](const Said& each) { return each.epoch == best.epoch && each.failing_over; }))
    return Finish(absl::UnavailableError("the Sentinels are failing over"));
  round.decided = true;
  Verify(pool, NodeAddress(best.master));
}

void SentinelTopology::Verify(NodePool& pool, const NodeAddress& master) {
  // It may have started again since the Sentinels were asked: then they are asked once more.
  const bool was_there = pool.To(master).up();
  pool.To(master).Send(
      {"ROLE"}, kPatience,
      [this, master, was_there, mine = std::weak_ptr<Round>(round_)](const absl::StatusOr<Reply>& reply) {
        if (mine.expired()) return;
        if (!reply.ok()) {
          return Finish(absl::Status(reply.status().code(),
                                     absl::StrCat(master.Text(), ": ", reply.status().message())));
        }
        if (reply->IsError()) return Finish(ErrorReplyStatus(*reply));
        if (reply->elements.empty() || reply->elements[0].text != "master") {
          return Finish(absl::UnavailableError(
              absl::StrCat(master.Text(), " is named master by the Sentinels and is not one yet")));
        }
        if (!was_there)
          return Finish(absl::UnavailableError(absl::StrCat(master.Text(), " has only just been reached")));
        Finish(WholeMap(master, environment_));
      });
}

void SentinelTopology::Finish(absl::StatusOr<SlotMap> result) {
  const std::shared_ptr<Round> round = std::move(round_);
  round->done(std::move(result));
}

}  // namespace latchkey
