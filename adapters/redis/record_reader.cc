#include "adapters/redis/record_reader.h"

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/redis/await_reply.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr Duration kLookEvery{5};

}  // namespace

absl::StatusOr<std::unique_ptr<RecordReader>> RecordReader::Open(RedisSettings settings, Duration patience) {
  LATCHKEY_ASSIGN_OR_RETURN(KeyNames names, KeyNames::For(settings.environment));
  settings.threads = 1;
  settings.connection.client_name = "latchkey-reader";
  settings.connection.connect_timeout = patience;
  std::string environment = settings.environment;
  LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<RedisClient> client, OpenRedisClient(settings, nullptr));
  std::unique_ptr<RecordReader> reader(
      new RecordReader(std::move(client), std::move(names), std::move(environment), patience));
  // A question waits for the connection, and its answer says why there is none.
  LATCHKEY_RETURN_IF_ERROR(reader->Ask("lk:{stamp}", {"PING"}).status());
  // Of a Cluster every part has to be known, or a scan would miss some.
  const SteadyTime give_up = std::chrono::steady_clock::now() + patience;
  while (!reader->client_->up()) {
    if (std::chrono::steady_clock::now() > give_up)
      return absl::UnavailableError(
          absl::StrCat(reader->client_->display(), ": not every server can be reached"));
    std::this_thread::sleep_for(kLookEvery);
  }
  return reader;
}

absl::StatusOr<Reply> RecordReader::Ask(const std::string& key, const std::vector<std::string>& args) const {
  absl::StatusOr<Reply> reply =
      AwaitAnyReply([&](RedisClient::Done done) { client_->Send(key, args, patience_, std::move(done)); });
  if (!reply.ok())
    return absl::Status(reply.status().code(),
                        absl::StrCat(client_->display(), ": ", reply.status().message()));
  if (reply->IsError()) return ErrorReplyStatus(*reply);
  return reply;
}

absl::StatusOr<std::optional<StoredRecord>> RecordReader::Fetch(const std::string& key) const {
  LATCHKEY_ASSIGN_OR_RETURN(const Reply bytes, Ask(key, {"GET", key}));
  if (bytes.kind != Reply::Kind::kString) return std::optional<StoredRecord>();
  LATCHKEY_ASSIGN_OR_RETURN(const Reply left, Ask(key, {"PTTL", key}));
  StoredRecord record{.key = key, .bytes = bytes.text, .expires_in = std::nullopt};
  if (left.integer >= 0) record.expires_in = Duration(left.integer);
  return std::optional<StoredRecord>(std::move(record));
}

absl::StatusOr<StoredRecord> RecordReader::Get(const RecordKey& record) const {
  const std::string key(names_.Of(record));
  LATCHKEY_ASSIGN_OR_RETURN(std::optional<StoredRecord> found, Fetch(key));
  if (!found) return absl::NotFoundError(absl::StrCat(key, ": there is no such record"));
  return *std::move(found);
}

absl::Status RecordReader::Scan(const std::function<bool(const StoredRecord&)>& visit) const {
  for (const RedisClient::Shard& shard : client_->shards()) {
    const std::string of_shard = absl::StrCat("lk:{", shard.tag, "}");
    std::string cursor = "0";
    do {
      LATCHKEY_ASSIGN_OR_RETURN(
          const Reply page, Ask(of_shard, {"SCAN", cursor, "MATCH",
                                           absl::StrCat("lk:{", environment_, ":[an]:*"), "COUNT", "500"}));
      if (page.elements.size() != 2) return absl::InternalError("SCAN answered something unexpected");
      cursor = page.elements[0].text;
      for (const Reply& key : page.elements[1].elements) {
        LATCHKEY_ASSIGN_OR_RETURN(const std::optional<StoredRecord> record, Fetch(key.text));
        if (record && !visit(*record)) return absl::OkStatus();
      }
    } while (cursor != "0");
  }
  return absl::OkStatus();
}

}  // namespace latchkey
