#include "adapters/sodium/key_ring.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "engine/base/check.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr size_t kProblemsMax = 20;
constexpr std::string_view kRotationHint =
    "one key must have no not_after, or nothing could seal once all have ended";

struct Word {
  std::string_view text;
  size_t column = 0;  // From 1.
};

std::vector<Word> WordsOf(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  line = line.substr(0, line.find('#'));
  std::vector<Word> words;
  for (size_t begin = line.find_first_not_of(kBlank); begin != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(kBlank, begin), line.size());
    words.push_back({line.substr(begin, end - begin), begin + 1});
    begin = line.find_first_not_of(kBlank, end);
  }
  return words;
}

std::optional<TimePoint> ParseTime(std::string_view text) {
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, ToAbsl(text), &time, nullptr)) return std::nullopt;
  return TimePoint(Duration(absl::ToUnixMillis(time)));
}

std::string FormatTime(TimePoint time) {
  return absl::FormatTime(absl::RFC3339_full, absl::FromUnixMillis(time.time_since_epoch().count()),
                          absl::UTCTimeZone());
}

class Parser {
 public:
  explicit Parser(std::string_view name) : name_(ToAbsl(name)) {}

  void ReadLine(std::string_view line) {
    ++line_number_;
    const std::vector<Word> words = WordsOf(line);
    if (words.empty()) return;
    if (words[0].text == "hash") {
      ReadHash(words);
    } else {
      ReadSealing(words);
    }
  }

  void Finish() {
    if (!hash_)
      problems_.push_back(absl::StrCat(name_, ": no line 'hash HEX64': nothing to name counters by"));
    if (sealing_.empty()) {
      if (problems_.empty())
        problems_.push_back(absl::StrCat(name_, ": no sealing key: add a line 'ID HEX64'"));
    } else if (std::none_of(sealing_.begin(), sealing_.end(),
                            [](const SealingKey& key) { return key.not_after == TimePoint::max(); })) {
      problems_.push_back(absl::StrCat(name_, ": every sealing key ends: ", ToAbsl(kRotationHint)));
    }
  }

  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
  [[nodiscard]] std::optional<Secret>& hash() { return hash_; }
  [[nodiscard]] std::vector<SealingKey>& sealing() { return sealing_; }

 private:
  void ReadHash(const std::vector<Word>& words) {
    if (hash_) return Complain(words[0], "a second 'hash' line: a ring has exactly one");
    if (words.size() < 2) return Complain(words[0], "'hash' wants 64 hexadecimal digits behind it");
    if (words.size() > 2) return Complain(words[2], "nothing may follow the hashing key");
    hash_ = ReadSecret(words[1]);
  }

  void ReadSealing(const std::vector<Word>& words) {
    int id = 0;
    if (!absl::SimpleAtoi(ToAbsl(words[0].text), &id) || id < 1 || id > 255) {
      return Complain(words[0], "a line begins with 'hash' or with a key's number, 1 to 255");
    }
    for (const SealingKey& key : sealing_) {
      if (key.id == id) return Complain(words[0], absl::StrCat("key ", id, " is here twice"));
    }
    if (sealing_.size() == KeyRing::kSealingKeysMax) {
      return Complain(words[0], absl::StrCat("more than ", KeyRing::kSealingKeysMax, " sealing keys"));
    }
    if (words.size() < 2) return Complain(words[0], "64 hexadecimal digits must follow the key's number");
    std::optional<Secret> secret = ReadSecret(words[1]);
    if (!secret) return;
    for (const SealingKey& key : sealing_) {
      if (key.secret.Equals(*secret)) {
        return Complain(words[1],
                        absl::StrCat("the same secret as key ", int{key.id}, ": that is no rotation"));
      }
    }
    SealingKey key{.id = static_cast<uint8_t>(id), .secret = *std::move(secret)};
    if (ReadTimes(words, key)) sealing_.push_back(std::move(key));
  }

  bool ReadTimes(const std::vector<Word>& words, SealingKey& key) {
    for (size_t i = 2; i < words.size(); i += 2) {
      TimePoint* target = words[i].text == "not_before"  ? &key.not_before
                          : words[i].text == "not_after" ? &key.not_after
                                                         : nullptr;
      if (target == nullptr)
        return Refuse(words[i], "only 'not_before TIME' and 'not_after TIME' may follow a key");
      if (*target != TimePoint::min() && *target != TimePoint::max())
        return Refuse(words[i], "this is said twice");
      const std::optional<TimePoint> time =
          i + 1 < words.size() ? ParseTime(words[i + 1].text) : std::optional<TimePoint>();
      if (!time)
        return Refuse(words[std::min(i + 1, words.size() - 1)],
                      "wants an RFC 3339 time: 2030-01-31T00:00:00Z");
      *target = *time;
    }
    if (key.not_before >= key.not_after) return Refuse(words[0], "not_after must be later than not_before");
    return true;
  }

  std::optional<Secret> ReadSecret(const Word& word) {
    std::optional<Secret> secret = Secret::FromHex(word.text);
    if (!secret) {
      Complain(word, absl::StrCat("wants exactly 64 hexadecimal digits (256 bits), has ", word.text.size(),
                                  " characters"));
    } else if (secret->IsZero()) {
      Complain(word, "all zeros are no secret");
      secret.reset();
    }
    return secret;
  }

  bool Refuse(const Word& word, std::string_view what) {
    Complain(word, what);
    return false;
  }

  void Complain(const Word& word, std::string_view what) {
    if (problems_.size() < kProblemsMax) {
      problems_.push_back(absl::StrCat(name_, ":", line_number_, ":", word.column, ": ", ToAbsl(what)));
    }
  }

  absl::string_view name_;
  size_t line_number_ = 0;
  std::vector<std::string> problems_;
  std::optional<Secret> hash_;
  std::vector<SealingKey> sealing_;
};

void AppendSecret(std::string& text, const Secret& secret) {
  std::string hex = secret.Hex();
  text += hex;
  WipeText(hex);
}

}  // namespace

KeyRing::KeyRing(Secret hash_secret, std::vector<SealingKey> sealing_keys)
    : hash_secret_(std::move(hash_secret)), sealing_keys_(std::move(sealing_keys)) {
  LATCHKEY_CHECK(!sealing_keys_.empty());
}

absl::StatusOr<KeyRing> KeyRing::Parse(std::string_view text, std::string_view name) {
  Parser parser(name);
  for (absl::string_view line : absl::StrSplit(ToAbsl(text), '\n'))
    parser.ReadLine({line.data(), line.size()});
  parser.Finish();
  if (!parser.problems().empty()) return absl::InvalidArgumentError(absl::StrJoin(parser.problems(), "\n"));
  return KeyRing(*std::move(parser.hash()), std::move(parser.sealing()));
}

KeyRing KeyRing::Generate() {
  std::vector<SealingKey> keys;
  keys.push_back(SealingKey{.id = 1, .secret = Secret::Random()});
  return {Secret::Random(), std::move(keys)};
}

std::string KeyRing::Text() const {
  std::string text;
  text.reserve(256 * (sealing_keys_.size() + 2));  // No reallocation leaves an unwiped copy behind.
  text += "# Latchkey key ring: keep it secret, back it up, give each environment its own.\n";
  text += "# Counters are named under this key; changing it forgets them all.\nhash ";
  AppendSecret(text, hash_secret_);
  text +=
      "\n# Sealing keys, oldest first: ID HEX64 [not_before TIME] [not_after TIME]; the last one seals.\n";
  for (const SealingKey& key : sealing_keys_) {
    absl::StrAppend(&text, int{key.id}, " ");
    AppendSecret(text, key.secret);
    if (key.not_before != TimePoint::min())
      absl::StrAppend(&text, " not_before ", FormatTime(key.not_before));
    if (key.not_after != TimePoint::max()) absl::StrAppend(&text, " not_after ", FormatTime(key.not_after));
    text += '\n';
  }
  return text;
}

}  // namespace latchkey
