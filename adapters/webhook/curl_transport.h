// Carries messages over HTTPS, several at once, on the thread that polls.
//
// Receivers are strangers to it: it waits for them only so long, follows no redirects, reads a bounded part
// of what they answer, uses no proxy, and connects to no address that the guard refuses: the guard is asked
// about the very address that is connected to, after the name was resolved. Each message has a connection of
// its own, so that the library repeats none by itself.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/webhook/target_url.h"
#include "engine/delivery/address_guard.h"
#include "engine/delivery/transport.h"

namespace latchkey {

struct CurlTransportSettings {
  AddressGuard guard;
  PlainHttp plain_http = PlainHttp::kRefused;
  std::string ca_file;  // PEM; empty: the system's
  Duration connect_timeout = std::chrono::seconds(3);
  Duration timeout = std::chrono::seconds(10);  // of a whole attempt
  std::string user_agent = "latchkey";
};

// Thread-compatible, but for Wake.
class CurlTransport final : public MessageTransport {
 public:
  CurlTransport(CurlTransportSettings settings, const Clock& clock);
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  void Send(uint64_t position, DeliveryRequest request) override;
  std::vector<Arrival> Poll(Duration patience) override;
  void Wake() override;

 private:
  struct Transfer;

  bool Prepare(Transfer& transfer);
  void Collect(std::vector<Arrival>& arrivals);
  Answer AnswerOf(const Transfer& transfer, CURLcode code) const;

  const CurlTransportSettings settings_;
  const Clock& clock_;
  CURLM* multi_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::vector<Arrival> failed_;  // could not even begin
  std::atomic<bool> woken_{false};
};

}  // namespace latchkey
