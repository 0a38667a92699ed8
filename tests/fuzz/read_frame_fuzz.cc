// What the readers of Converse find in a frame, its messages' own parsers find too.
#include <cstdint>
#include <string_view>
#include <vector>

#include "adapters/grpc/frame_reader.h"
#include "adapters/grpc/request_reader.h"
#include "engine/base/check.h"
#include "latchkey/v1/guard.pb.h"

namespace {

using namespace latchkey;  // NOLINT(google-build-using-namespace): a program of one file

template <typename Message>
Message ParsedFrom(std::string_view bytes) {
  Message message;
  LATCHKEY_CHECK(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return message;
}

void CheckAssess(std::string_view bytes) {
  const std::optional<AttemptView> read = ReadUsualRequest(bytes);
  if (!read) return;
  const auto message = ParsedFrom<v1::AssessRequest>(bytes);
  LATCHKEY_CHECK(read->account == message.account() && read->source == message.source());
  LATCHKEY_CHECK(message.tenant().empty() || read->tenant == message.tenant());
  LATCHKEY_CHECK(message.path().empty() || read->path == message.path());
  LATCHKEY_CHECK(read->group == message.group() && read->asn == message.asn());
  LATCHKEY_CHECK(read->device_token == message.device_token());
  LATCHKEY_CHECK(read->recovery_token == message.recovery_token());
  LATCHKEY_CHECK(read->first_factor_token == message.first_factor_token());
  LATCHKEY_CHECK(read->request_id == message.request_id());
  LATCHKEY_CHECK(read->popular_password == message.popular_password());
  LATCHKEY_CHECK(read->challenge_kinds.size() == static_cast<size_t>(message.challenge_kinds_size()));
  LATCHKEY_CHECK(read->account_tag.has_value() == !message.password_tags().account_tag().empty());
  LATCHKEY_CHECK(read->tenant_tag.has_value() == !message.password_tags().tenant_tag().empty());
}

void CheckReport(std::string_view bytes) {
  const std::optional<Report> read = ReadUsualReport(bytes);
  if (!read) return;
  const auto message = ParsedFrom<v1::ReportRequest>(bytes);
  LATCHKEY_CHECK(read->attempt_token == message.attempt_token());
  LATCHKEY_CHECK(read->device_name == message.device_name());
}

void CheckFrame(std::string_view bytes) {
  FrameReader reader(bytes);
  std::vector<FrameItem> items;
  while (const std::optional<FrameItem> item = reader.Next()) items.push_back(*item);
  if (!reader.good()) return;
  for (const FrameItem& item : items) {
    if (item.asks == FrameItem::Asks::kAssess) CheckAssess(item.bytes);
    if (item.asks == FrameItem::Asks::kReport) CheckReport(item.bytes);
  }
  // The reader does not look into what items ask; the parser does.
  v1::ConverseRequest frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  LATCHKEY_CHECK(static_cast<size_t>(frame.items_size()) == items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    const v1::ConverseItem& parsed = frame.items(static_cast<int>(i));
    LATCHKEY_CHECK(parsed.correlation_id() == items[i].correlation_id);
    LATCHKEY_CHECK(parsed.has_assess() == (items[i].asks == FrameItem::Asks::kAssess));
    LATCHKEY_CHECK(parsed.has_report() == (items[i].asks == FrameItem::Asks::kReport));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  CheckAssess(input);
  CheckReport(input);
  CheckFrame(input);
  return 0;
}
