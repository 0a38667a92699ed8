#include "engine/delivery/notice.h"

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

int64_t Millis(TimePoint time) { return time.time_since_epoch().count(); }

}  // namespace

std::string_view NoticeKindName(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kStanding:
      return "standing";
    case NoticeKind::kIncident:
      return "incident";
    case NoticeKind::kOwnerNotice:
      return "owner_notice";
    case NoticeKind::kTest:
      break;
  }
  return "test";
}

std::optional<NoticeKind> NoticeKindFromName(std::string_view name) {
  for (const NoticeKind kind : kAllNoticeKinds) {
    if (NoticeKindName(kind) == name) return kind;
  }
  return std::nullopt;
}

Notice NoticeOf(const Standing& standing, std::optional<StandingState> previous, TimePoint now) {
  Notice notice{.kind = NoticeKind::kStanding, .at = now, .tenant = standing.tenant};
  const std::string account = standing.account_key.Hex();
  notice.id = absl::StrCat("standing-", account.substr(0, 16), "-", Millis(standing.start), "-",
                           static_cast<int>(standing.state));
  notice.order_key = account;
  notice.account = {standing.account_key, standing.account};
  notice.standing = {
      .state = standing.state, .previous = previous, .reason = standing.reason, .author = standing.author};
  if (standing.end > standing.start) notice.standing.end = standing.end;
  return notice;
}

Notice OwnerNoticeOf(std::string_view tenant, const NamedAccount& account, Duration every, TimePoint now) {
  Notice notice{.kind = NoticeKind::kOwnerNotice, .at = now, .tenant = std::string(tenant)};
  notice.account = account;
  notice.order_key = account.key.Hex();
  notice.id = absl::StrCat("owner-", notice.order_key.substr(0, 16), "-", Millis(now) / every.count());
  return notice;
}

Notice TestNotice(std::string_view target, uint64_t number, TimePoint now) {
  Notice notice{.kind = NoticeKind::kTest, .at = now};
  notice.id = absl::StrCat("test-", ToAbsl(target), "-", absl::Hex(number, absl::kZeroPad16));
  notice.order_key = notice.id;
  return notice;
}

}  // namespace latchkey
