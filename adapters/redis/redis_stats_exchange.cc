#include "adapters/redis/redis_stats_exchange.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/redis/await_reply.h"
#include "adapters/redis/scripts.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr Duration kPatience{800};

}  // namespace

RedisStatsExchange::RedisStatsExchange(RedisClient& client, const std::string& environment,
                                       std::function<bool()> ours)
    : client_(client),
      counts_key_(absl::StrCat("lk:{", environment, ":t:counts}")),
      lists_key_(absl::StrCat("lk:{", environment, ":t:lists}")),
      sightings_key_(absl::StrCat("lk:{", environment, ":t:sightings}")),
      ours_(std::move(ours)) {}

const std::string& RedisStatsExchange::KeyOf(StatsBoard board) const {
  switch (board) {
    case StatsBoard::kCounts:
      return counts_key_;
    case StatsBoard::kLists:
      return lists_key_;
    case StatsBoard::kSightings:
      break;
  }
  return sightings_key_;
}

absl::StatusOr<std::vector<StatsExchange::Line>> RedisStatsExchange::Swap(StatsBoard board,
                                                                          const std::string& node,
                                                                          const std::string& text) {
  if (!ours_()) return absl::UnavailableError("the store is not known to belong to this environment");
  LATCHKEY_ASSIGN_OR_RETURN(Reply reply, AwaitReply([&](RedisClient::Done done) {
                              StoreScripts().stats.Run(
                                  client_, {KeyOf(board)},
                                  {node, text, absl::StrCat(kLive.count()), absl::StrCat(kNodesMax)},
                                  kPatience, std::move(done));
                            }));
  std::vector<Line> lines;
  for (size_t i = 0; i + 1 < reply.elements.size(); i += 2)
    lines.push_back({std::move(reply.elements[i].text), std::move(reply.elements[i + 1].text)});
  return lines;
}

}  // namespace latchkey
