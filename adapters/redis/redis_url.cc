#include "adapters/redis/redis_url.h"

#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

absl::Status ParsePort(std::string_view text, uint16_t& out) {
  int port = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &port) || port < 1 || port > 65535) {
    return Invalid(absl::StrCat("the port is not a number from 1 to 65535", kEncodeHint));
  }
  out = static_cast<uint16_t>(port);
  return absl::OkStatus();
}

// `out.port` stays as it is when the text has none.
absl::Status ParseHostAndPort(std::string_view text, NodeAddress& out) {
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
  return port.empty() ? absl::OkStatus() : ParsePort(port, out.port);
}

// Hosts separated by commas; the user before them.
absl::Status ParseAuthority(std::string_view authority, uint16_t default_port, RedisUrl& out) {
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    LATCHKEY_RETURN_IF_ERROR(ParseUser(authority.substr(0, at), out));
    authority = authority.substr(at + 1);
  }
  for (bool more = true; more;) {
    const size_t comma = authority.find(',');
    NodeAddress address{.host = "", .port = default_port};
    LATCHKEY_RETURN_IF_ERROR(ParseHostAndPort(authority.substr(0, comma), address));
    out.seeds.push_back(std::move(address));
    more = comma != std::string_view::npos;
    if (more) authority = authority.substr(comma + 1);
  }
  return absl::OkStatus();
}

absl::Status RefuseOptions(std::string_view rest) {
  if (rest.find_first_of("?#") == std::string_view::npos) return absl::OkStatus();
  return Invalid(absl::StrCat("it takes no '?' options and no '#'", kEncodeHint));
}

absl::Status ParseServer(std::string_view rest, RedisUrl& out) {
  LATCHKEY_RETURN_IF_ERROR(RefuseOptions(rest));
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos && slash + 1 < rest.size()) {
    LATCHKEY_RETURN_IF_ERROR(ParseDatabase(rest.substr(slash + 1), out));
  }
  LATCHKEY_RETURN_IF_ERROR(ParseAuthority(rest.substr(0, slash), out.port, out));
  if (out.seeds.size() > 1)
    return Invalid("it lists several hosts; write redis+cluster:// or redis+sentinel://");
  out.host = out.seeds[0].host;
  out.port = out.seeds[0].port;
  out.seeds.clear();
  return absl::OkStatus();
}

absl::Status ParseCluster(std::string_view rest, RedisUrl& out) {
  LATCHKEY_RETURN_IF_ERROR(RefuseOptions(rest));
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos && slash + 1 < rest.size()) {
    LATCHKEY_RETURN_IF_ERROR(ParseDatabase(rest.substr(slash + 1), out));
    if (out.database != 0) return Invalid("a Cluster has no database but 0");
  }
  return ParseAuthority(rest.substr(0, slash), out.port, out);
}

absl::Status ParseSentinel(std::string_view rest, RedisUrl& out) {
  constexpr std::string_view kOption = "sentinelMasterId=";
  constexpr uint16_t kPort = 26379;
  constexpr char kMissing[] = "the master's name is missing: redis+sentinel://host,host/name";
  std::string_view master;
  const size_t question = rest.find('?');
  if (question != std::string_view::npos) {
    master = rest.substr(question + 1);
    if (!master.starts_with(kOption) || master.find('&') != std::string_view::npos)
      return Invalid(absl::StrCat("the only option is ?sentinelMasterId=name", kEncodeHint));
    master = master.substr(kOption.size());
    rest = rest.substr(0, question);
  }
  LATCHKEY_RETURN_IF_ERROR(RefuseOptions(rest));
  const size_t slash = rest.find('/');
  std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (question == std::string_view::npos) {
    const size_t next = path.find('/');
    master = path.substr(0, next);
    path = next == std::string_view::npos ? std::string_view() : path.substr(next + 1);
  }
  LATCHKEY_ASSIGN_OR_RETURN(out.master, Decoded(master, "master's name"));
  if (out.master.empty()) return Invalid(kMissing);
  if (!path.empty()) LATCHKEY_RETURN_IF_ERROR(ParseDatabase(path, out));
  return ParseAuthority(rest.substr(0, slash), kPort, out);
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

// redis, rediss, redis+cluster, rediss-sentinel, …: what all but the socket's are made of.
bool ReadScheme(std::string_view scheme, RedisUrl& out) {
  out.tls = scheme.starts_with("rediss");
  scheme.remove_prefix(out.tls ? 6 : 5);
  if (scheme.empty()) return true;
  out.kind = scheme.substr(1) == "cluster" ? RedisUrl::Kind::kCluster : RedisUrl::Kind::kSentinel;
  return (scheme[0] == '+' || scheme[0] == '-') &&
         (scheme.substr(1) == "cluster" || scheme.substr(1) == "sentinel");
}

absl::Status ParseTcp(std::string_view rest, RedisUrl& out) {
  switch (out.kind) {
    case RedisUrl::Kind::kServer:
      return ParseServer(rest, out);
    case RedisUrl::Kind::kCluster:
      return ParseCluster(rest, out);
    case RedisUrl::Kind::kSentinel:
      break;
  }
  return ParseSentinel(rest, out);
}

}  // namespace

std::string RedisUrl::Display() const {
  const std::string who = user.empty() ? "" : absl::StrCat(user, "@");
  if (!socket_path.empty()) {
    return absl::StrCat("unix://", who, socket_path, database == 0 ? "" : absl::StrCat("?db=", database));
  }
  const std::string path = database == 0 ? "" : absl::StrCat("/", database);
  const char* scheme = tls ? "rediss" : "redis";
  if (kind == Kind::kServer) return absl::StrCat(scheme, "://", who, NodeAddress{host, port}.Text(), path);
  const std::string hosts = absl::StrJoin(
      seeds, ",", [](std::string* out, const NodeAddress& each) { absl::StrAppend(out, each.Text()); });
  if (kind == Kind::kCluster) return absl::StrCat(scheme, "+cluster://", who, hosts);
  return absl::StrCat(scheme, "+sentinel://", who, hosts, "/", master, path);
}

absl::StatusOr<std::string> ReadPasswordFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read the Redis password file ", path));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty() || text.size() > kPasswordFileMax) {
    return absl::InvalidArgumentError(absl::StrCat("the Redis password file ", path,
                                                   " is empty or longer than ", kPasswordFileMax, " bytes"));
  }
  return text;
}

absl::StatusOr<RedisUrl> ParseRedisUrl(std::string_view url, const std::string& password_file) {
  const size_t end = url.find("://");
  if (end == std::string_view::npos) {
    return Invalid("it has no scheme; write redis://host:port, rediss://host:port or unix:///path");
  }
  const std::string scheme = absl::AsciiStrToLower(ToAbsl(url.substr(0, end)));
  const std::string_view rest = url.substr(end + 3);
  RedisUrl out;
  if (scheme == "unix" || scheme == "redis+unix" || scheme == "redis-socket") {
    LATCHKEY_RETURN_IF_ERROR(ParseSocket(rest, out));
  } else if (scheme.starts_with("redis") && ReadScheme(scheme, out)) {
    LATCHKEY_RETURN_IF_ERROR(ParseTcp(rest, out));
  } else {
    return Invalid(
        "its scheme is not one of redis, rediss, redis+cluster, redis+sentinel, unix, redis+unix, "
        "redis-socket");
  }
  if (!password_file.empty()) {
    if (!out.password.empty()) {
      return absl::InvalidArgumentError(
          "the Redis password is given twice: in the URL and in a password file");
    }
    LATCHKEY_ASSIGN_OR_RETURN(out.password, ReadPasswordFile(password_file));
  }
  if (!out.user.empty() && out.password.empty()) {
    return Invalid("it names a user without a password; give one in the URL or in a password file");
  }
  return out;
}

}  // namespace latchkey
