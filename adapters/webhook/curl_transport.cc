#include "adapters/webhook/curl_transport.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/base/check.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr size_t kBodyMax = size_t{16} * 1024;
constexpr size_t kHeadersMax = size_t{64} * 1024;
constexpr size_t kRetryAfterMax = 64;
constexpr long kConnectionsMax = 128;

void StartLibrary() {
  static const bool kStarted = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  LATCHKEY_CHECK(kStarted);
}

std::string_view BytesOf(const curl_sockaddr& address) {
  if (address.family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address.addr);
    return {reinterpret_cast<const char*>(&v4.sin_addr), sizeof(v4.sin_addr)};
  }
  if (address.family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address.addr);
    return {reinterpret_cast<const char*>(&v6.sin6_addr), sizeof(v6.sin6_addr)};
  }
  return {};
}

// The `err` of a body of RFC 8935, whatever the receiver made of it.
std::string PushErrorOf(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  const auto found = json.find("err");
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

struct CurlTransport::Transfer {
  uint64_t position = 0;
  DeliveryRequest request;
  const AddressGuard* guard = nullptr;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::string body;  // the first bytes of the answer
  size_t header_bytes = 0;
  std::string retry_after;
  bool address_refused = false;
  bool answered_enough = false;  // we stopped reading

  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }

  // The library resolved a name and is about to connect to this address.
  static curl_socket_t OpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address) {
    auto* transfer = static_cast<Transfer*>(self);
    if (purpose != CURLSOCKTYPE_IPCXN || !transfer->guard->Allows(BytesOf(*address))) {
      transfer->address_refused = true;
      return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

  static size_t TakeBody(char* data, size_t size, size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    const size_t bytes = size * count;
    if (transfer->body.size() + bytes > kBodyMax) {
      transfer->answered_enough = true;
      return 0;
    }
    transfer->body.append(data, bytes);
    return bytes;
  }

  static size_t TakeHeader(char* data, size_t size, size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    const size_t bytes = size * count;
    transfer->header_bytes += bytes;
    if (transfer->header_bytes > kHeadersMax) return 0;
    absl::string_view line(data, bytes);
    if (absl::StartsWith(line, "HTTP/")) transfer->retry_after.clear();  // of an answer before
    constexpr absl::string_view kName = "retry-after:";
    if (absl::StartsWithIgnoreCase(line, kName)) {
      line = absl::StripAsciiWhitespace(line.substr(kName.size()));
      transfer->retry_after = std::string(line.substr(0, kRetryAfterMax));
    }
    return bytes;
  }
};

CurlTransport::CurlTransport(CurlTransportSettings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {
  StartLibrary();
  multi_ = curl_multi_init();
  LATCHKEY_CHECK(multi_ != nullptr);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kConnectionsMax);
}

CurlTransport::~CurlTransport() {
  for (const auto& [easy, transfer] : transfers_) curl_multi_remove_handle(multi_, easy);
  transfers_.clear();
  curl_multi_cleanup(multi_);
}

bool CurlTransport::Prepare(Transfer& transfer) {
  bool good = true;
  const auto set = [&good, &transfer](CURLoption option, auto value) {
    good = good && curl_easy_setopt(transfer.easy, option, value) == CURLE_OK;
  };
  for (const auto& [name, value] : transfer.request.headers) {
    transfer.headers = curl_slist_append(transfer.headers, absl::StrCat(name, ": ", value).c_str());
  }
  transfer.headers = curl_slist_append(transfer.headers, "Expect:");
  set(CURLOPT_URL, transfer.request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, settings_.plain_http == PlainHttp::kAllowed ? "http,https" : "https");
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDS, transfer.request.body.data());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.request.body.size()));
  set(CURLOPT_HTTPHEADER, transfer.headers);
  set(CURLOPT_USERAGENT, settings_.user_agent.c_str());
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!settings_.ca_file.empty()) set(CURLOPT_CAINFO, settings_.ca_file.c_str());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.timeout.count()));
  set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::OpenSocket);
  set(CURLOPT_OPENSOCKETDATA, &transfer);
  set(CURLOPT_WRITEFUNCTION, &Transfer::TakeBody);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_HEADERFUNCTION, &Transfer::TakeHeader);
  set(CURLOPT_HEADERDATA, &transfer);
  return good;
}

void CurlTransport::Send(uint64_t position, DeliveryRequest request) {
  auto transfer = std::make_unique<Transfer>();
  transfer->position = position;
  transfer->request = std::move(request);
  transfer->guard = &settings_.guard;
  transfer->easy = curl_easy_init();
  if (transfer->easy == nullptr || !Prepare(*transfer) ||
      curl_multi_add_handle(multi_, transfer->easy) != CURLM_OK) {
    failed_.push_back({position, {.why = "the request could not be made"}});
    return;
  }
  CURL* easy = transfer->easy;
  transfers_.emplace(easy, std::move(transfer));
}

Answer CurlTransport::AnswerOf(const Transfer& transfer, CURLcode code) const {
  long status = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
  // An answer that is cut short was none, unless it is we who had read enough.
  const bool whole = code == CURLE_OK || (code == CURLE_WRITE_ERROR && transfer.answered_enough);
  if (whole && status > 0) {
    return ReadAnswer(transfer.request.format, static_cast<int>(status), transfer.retry_after,
                      PushErrorOf(transfer.body), clock_.Now());
  }
  if (transfer.address_refused) {
    return {.why = "its address is private, and not in delivery.private_networks"};
  }
  return {.why = curl_easy_strerror(code)};
}

void CurlTransport::Collect(std::vector<Arrival>& arrivals) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode code = message->data.result;
    const auto found = transfers_.find(easy);
    arrivals.push_back({found->second->position, AnswerOf(*found->second, code)});
    curl_multi_remove_handle(multi_, easy);
    transfers_.erase(found);
  }
}

std::vector<MessageTransport::Arrival> CurlTransport::Poll(Duration patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::vector<Arrival> arrivals = std::exchange(failed_, {});
  while (true) {
    int running = 0;
    curl_multi_perform(multi_, &running);
    Collect(arrivals);
    if (woken_.exchange(false) || !arrivals.empty()) return arrivals;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return arrivals;
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(left.count()), nullptr);
  }
}

void CurlTransport::Wake() {
  woken_ = true;
  curl_multi_wakeup(multi_);
}

}  // namespace latchkey
