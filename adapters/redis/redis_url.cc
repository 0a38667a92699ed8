#include "adapters/redis/redis_url.h"

#include <array>
#include <fstream>
#include <iterator>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr int kDatabaseMax = 1'000'000;
constexpr size_t kPasswordFileMax = 4096;
constexpr char kEncodeHint[] =
    " (in a user or password, write '/' as %2F, ':' as %3A, '@' as %40, '?' as %3F)";

absl::Status Invalid(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("Redis URL: ", what));
}

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      return std::nullopt;
    }
    uint32_t byte = 0;
    if (!absl::SimpleHexAtoi(ToAbsl(text.substr(i + 1, 2)), &byte) || byte == 0) return std::nullopt;
    out.push_back(static_cast<char>(byte));
    i += 2;
  }
  return out;
}

absl::StatusOr<std::string> Decoded(std::string_view text, absl::string_view part) {
  std::optional<std::string> decoded = PercentDecoded(text);
  if (!decoded) return Invalid(absl::StrCat("the ", part, " has a '%' that is not followed by two digits"));
  return *std::move(decoded);
}

absl::Status ParseDatabase(std::string_view text, RedisUrl& out) {
  int database = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &database) || database < 0 || database > kDatabaseMax) {
    return Invalid(absl::StrCat("the database is not a number from 0 to ", kDatabaseMax, kEncodeHint));
  }
  out.database = database;
  return absl::OkStatus();
}

absl::Status ParseUser(std::string_view userinfo, RedisUrl& out) {
  const size_t colon = userinfo.find(':');
  LATCHKEY_ASSIGN_OR_RETURN(out.user, Decoded(userinfo.substr(0, colon), "user"));
  if (colon != std::string_view::npos) {
    LATCHKEY_ASSIGN_OR_RETURN(out.password, Decoded(userinfo.substr(colon + 1), "password"));
  }
  return absl::OkStatus();
}

absl::Status ParsePort(std::string_view text, RedisUrl& out) {
  int port = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &port) || port < 1 || port > 65535) {
    return Invalid(absl::StrCat("the port is not a number from 1 to 65535", kEncodeHint));
  }
  out.port = static_cast<uint16_t>(port);
  return absl::OkStatus();
}

absl::Status ParseHostAndPort(std::string_view text, RedisUrl& out) {
  if (text.find(',') != std::string_view::npos) {
    return Invalid("it lists several hosts; one Redis server is one host and port");
  }
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return Invalid("the IPv6 address has no closing bracket");
    std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':')
      return Invalid("something other than a port follows the bracket");
    if (!rest.empty()) port = rest.substr(1);
    if (!rest.empty() && port.empty()) return Invalid("the port after ':' is missing");
    text = text.substr(1, end - 1);
  } else if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    port = text.substr(colon + 1);
    text = text.substr(0, colon);
    if (port.empty()) return Invalid("the port after ':' is missing");
    if (port.find(':') != std::string_view::npos) {
      return Invalid(absl::StrCat("there are too many ':'; an IPv6 address stands in brackets", kEncodeHint));
    }
  }
  if (text.empty()) return Invalid(absl::StrCat("the host is missing", kEncodeHint));
  out.host = std::string(text);
  return port.empty() ? absl::OkStatus() : ParsePort(port, out);
}

absl::Status ParseTcp(std::string_view rest, RedisUrl& out) {
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return Invalid(absl::StrCat("it takes no '?' options and no '#'", kEncodeHint));
  }
  const size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    LATCHKEY_RETURN_IF_ERROR(ParseUser(authority.substr(0, at), out));
    authority = authority.substr(at + 1);
  }
  if (slash != std::string_view::npos && slash + 1 < rest.size()) {
    LATCHKEY_RETURN_IF_ERROR(ParseDatabase(rest.substr(slash + 1), out));
  }
  return ParseHostAndPort(authority, out);
}

absl::Status ParseSocket(std::string_view rest, RedisUrl& out) {
  if (const size_t question = rest.find('?'); question != std::string_view::npos) {
    std::string_view option = rest.substr(question + 1);
    if (!option.starts_with("db=")) return Invalid("the only option of a socket URL is ?db=number");
    LATCHKEY_RETURN_IF_ERROR(ParseDatabase(option.substr(3), out));
    rest = rest.substr(0, question);
  }
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return Invalid("the socket's path must be absolute: unix:///path");
  if (slash > 0) {
    if (rest[slash - 1] != '@') return Invalid("the socket's path must be absolute: unix:///path");
    LATCHKEY_RETURN_IF_ERROR(ParseUser(rest.substr(0, slash - 1), out));
  }
  LATCHKEY_ASSIGN_OR_RETURN(out.socket_path, Decoded(rest.substr(slash), "path"));
  // The size of sockaddr_un::sun_path, whose last byte is a zero.
  if (out.socket_path.size() > 107) return Invalid("the socket's path is longer than 107 bytes");
  return absl::OkStatus();
}

absl::Status ReadPassword(const std::string& path, RedisUrl& out) {
  if (!out.password.empty()) {
    return absl::InvalidArgumentError("the Redis password is given twice: in the URL and in a password file");
  }
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read the Redis password file ", path));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty() || text.size() > kPasswordFileMax) {
    return absl::InvalidArgumentError(absl::StrCat("the Redis password file ", path,
                                                   " is empty or longer than ", kPasswordFileMax, " bytes"));
  }
  out.password = std::move(text);
  return absl::OkStatus();
}

bool IsTopology(std::string_view scheme) {
  constexpr std::array<std::string_view, 8> kSchemes = {
      "redis-sentinel", "redis+sentinel", "rediss-sentinel", "rediss+sentinel",
      "redis-cluster",  "redis+cluster",  "rediss-cluster",  "rediss+cluster"};
  for (std::string_view known : kSchemes) {
    if (scheme == known) return true;
  }
  return false;
}

}  // namespace

std::string RedisUrl::Display() const {
  const std::string who = user.empty() ? "" : absl::StrCat(user, "@");
  if (!socket_path.empty()) {
    return absl::StrCat("unix://", who, socket_path, database == 0 ? "" : absl::StrCat("?db=", database));
  }
  const bool v6 = host.find(':') != std::string::npos;
  return absl::StrCat(tls ? "rediss://" : "redis://", who, v6 ? "[" : "", host, v6 ? "]" : "", ":", port,
                      database == 0 ? "" : absl::StrCat("/", database));
}

absl::StatusOr<RedisUrl> ParseRedisUrl(std::string_view url, const std::string& password_file) {
  const size_t end = url.find("://");
  if (end == std::string_view::npos) {
    return Invalid("it has no scheme; write redis://host:port, rediss://host:port or unix:///path");
  }
  const std::string scheme = absl::AsciiStrToLower(ToAbsl(url.substr(0, end)));
  const std::string_view rest = url.substr(end + 3);
  RedisUrl out;
  if (scheme == "redis" || scheme == "rediss") {
    out.tls = scheme == "rediss";
    LATCHKEY_RETURN_IF_ERROR(ParseTcp(rest, out));
  } else if (scheme == "unix" || scheme == "redis+unix" || scheme == "redis-socket") {
    LATCHKEY_RETURN_IF_ERROR(ParseSocket(rest, out));
  } else if (IsTopology(scheme)) {
    return absl::UnimplementedError(
        absl::StrCat("Redis URL: ", scheme,
                     ":// (Sentinel and Cluster) is not supported by this version; "
                     "give the URL of one server, redis://host:port"));
  } else {
    return Invalid("its scheme is not one of redis, rediss, unix, redis+unix, redis-socket");
  }
  if (!password_file.empty()) LATCHKEY_RETURN_IF_ERROR(ReadPassword(password_file, out));
  if (!out.user.empty() && out.password.empty()) {
    return Invalid("it names a user without a password; give one in the URL or in a password file");
  }
  return out;
}

}  // namespace latchkey
