#include "adapters/webhook/target_url.h"

#include <curl/curl.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

struct UrlFreer {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// A part of the URL; empty when it has none.
std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

}  // namespace

absl::Status CheckTargetUrl(const std::string& url, PlainHttp plain) {
  const std::unique_ptr<CURLU, UrlFreer> parsed(curl_url());
  const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0);
  if (code != CURLUE_OK) return absl::InvalidArgumentError(absl::StrCat("url: ", curl_url_strerror(code)));
  const std::string scheme = PartOf(parsed.get(), CURLUPART_SCHEME);
  if (scheme == "http" && plain == PlainHttp::kRefused) {
    return absl::InvalidArgumentError(
        "url: must begin with https://; plain http needs the setting delivery.allow_http");
  }
  if (scheme != "http" && scheme != "https")
    return absl::InvalidArgumentError("url: must begin with https://");
  if (!PartOf(parsed.get(), CURLUPART_USER).empty() || !PartOf(parsed.get(), CURLUPART_PASSWORD).empty())
    return absl::InvalidArgumentError("url: holds credentials; put them into authorization_file");
  if (!PartOf(parsed.get(), CURLUPART_FRAGMENT).empty())
    return absl::InvalidArgumentError("url: a fragment is never sent");
  return absl::OkStatus();
}

}  // namespace latchkey
