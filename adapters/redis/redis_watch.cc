#include "adapters/redis/redis_watch.h"

#include <future>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/redis/info.h"
#include "adapters/redis/scripts.h"

namespace latchkey {
namespace {

using Answer = std::promise<absl::StatusOr<Reply>>;

absl::StatusOr<ShardLook> LookOf(const absl::StatusOr<Reply>& stamp, const absl::StatusOr<Reply>& info,
                                 TimePoint asked, TimePoint heard) {
  if (!stamp.ok()) return stamp.status();
  const std::vector<Reply>& parts = stamp->elements;
  if (parts.size() != 7) return absl::InternalError("a script answered something unexpected");
  ShardLook look;
  look.environment = parts[0].text;
  look.id = parts[1].text;
  look.counter = parts[2].integer;
  look.raised = parts[3].integer;
  look.fresh = parts[4].integer == 1;
  look.server = TimePoint(Duration(parts[5].integer * 1000 + parts[6].integer / 1000));
  // Somewhere between asking and hearing: what is less than the way there and back is no skew.
  if (look.server < asked) look.skew = look.server - asked;
  if (look.server > heard) look.skew = look.server - heard;
  // An ACL may forbid INFO: a failover without loss is then not seen.
  if (info.ok() && !info->IsError()) look.primary = InfoField(info->text, "run_id").value_or("");
  return look;
}

}  // namespace

std::string StampKey(const std::string& tag) { return absl::StrCat("lk:{", tag, "}"); }

std::vector<RedisWatch::Found> RedisWatch::Look(Duration patience) {
  struct Asked {
    std::shared_ptr<Answer> stamp = std::make_shared<Answer>();
    std::shared_ptr<Answer> info = std::make_shared<Answer>();
    TimePoint at;
    // When the stamp was answered; shared, as that may be after all have been waited for.
    std::shared_ptr<std::promise<TimePoint>> heard = std::make_shared<std::promise<TimePoint>>();
  };
  std::vector<Found> found;
  std::vector<Asked> asked;
  const auto new_id = [this] { return absl::StrCat(absl::Hex(random_.Next(), absl::kZeroPad16)); };
  const std::string keep = absl::StrCat(kKeep.count());
  const auto owner = std::make_shared<Answer>();
  const TimePoint begun = clock_.Now();
  StoreScripts().watch.Run(client_, {kOwnerStampKey}, {environment_, foreign_.empty() ? new_id() : "", keep},
                           patience,
                           [owner](absl::StatusOr<Reply> reply) { owner->set_value(std::move(reply)); });
  const absl::StatusOr<Reply> owned = owner->get_future().get();
  if (owned.ok() && !owned->elements.empty()) {
    const std::string& environment = owned->elements[0].text;
    if (environment == environment_) foreign_.clear();
    if (!environment.empty() && environment != environment_) {
      // Its user may well not be allowed keys of ours, and there is nothing of ours to look at.
      foreign_ = environment;
      const absl::StatusOr<ShardLook> look =
          LookOf(owned, absl::UnavailableError("not asked"), begun, clock_.Now());
      for (RedisClient::Shard& shard : client_.shards())
        found.push_back({.shard = std::move(shard), .look = look});
      return found;
    }
  }
  for (RedisClient::Shard& shard : client_.shards()) {
    const std::string key = StampKey(shard.tag);
    Asked question;
    question.at = clock_.Now();
    StoreScripts().watch.Run(
        client_, {key}, {environment_, foreign_.empty() ? new_id() : "", keep}, patience,
        [answer = question.stamp, heard = question.heard, &clock = clock_](absl::StatusOr<Reply> reply) {
          heard->set_value(clock.Now());
          answer->set_value(std::move(reply));
        });
    client_.Send(key, {"INFO", "server"}, patience, [answer = question.info](absl::StatusOr<Reply> reply) {
      answer->set_value(std::move(reply));
    });
    found.push_back({.shard = std::move(shard)});
    asked.push_back(std::move(question));
  }
  for (size_t i = 0; i < found.size(); ++i) {
    const absl::StatusOr<Reply> stamp = asked[i].stamp->get_future().get();
    const absl::StatusOr<Reply> info = asked[i].info->get_future().get();
    found[i].look = LookOf(stamp, info, asked[i].at, asked[i].heard->get_future().get());
    if (found[i].look.ok() && !foreign_.empty()) found[i].look->environment = foreign_;
  }
  return found;
}

}  // namespace latchkey
