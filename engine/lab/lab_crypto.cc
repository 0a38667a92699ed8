#include "engine/lab/lab_crypto.h"

#include <cstring>

#include "engine/lab/dice.h"

namespace latchkey::lab {
namespace {

constexpr size_t kChecksumBytes = 8;
constexpr uint64_t kHighSeed = 0xA0761D6478BD642FULL;
constexpr uint64_t kLowSeed = 0xE7037ED1A0B428DBULL;
constexpr uint64_t kSealSeed = 0x8EBC6AF09C88C6E3ULL;

uint64_t HashOf(std::string_view text, uint64_t seed) {
  uint64_t hash = seed ^ (text.size() * 0x9E3779B97F4A7C15ULL);
  while (text.size() >= sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof(word));
    hash = Mix(hash ^ word);
    text.remove_prefix(sizeof(word));
  }
  uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  return Mix(hash ^ rest);
}

uint64_t ChecksumOf(SealPurpose purpose, std::string_view plain) {
  return HashOf(plain, kSealSeed + static_cast<uint64_t>(purpose));
}

}  // namespace

Key LabKeyHasher::Hash(std::string_view material) const {
  const uint64_t high = HashOf(material, kHighSeed);
  return {.high = high, .low = Mix(high ^ kLowSeed)};
}

std::string LabSealer::Seal(SealPurpose purpose, std::string_view plain) const {
  const uint64_t checksum = ChecksumOf(purpose, plain);
  std::string sealed(kChecksumBytes + plain.size(), '\0');
  std::memcpy(sealed.data(), &checksum, kChecksumBytes);
  std::memcpy(sealed.data() + kChecksumBytes, plain.data(), plain.size());
  return sealed;
}

std::optional<std::string> LabSealer::Open(SealPurpose purpose, std::string_view sealed) const {
  if (sealed.size() < kChecksumBytes) return std::nullopt;
  uint64_t checksum = 0;
  std::memcpy(&checksum, sealed.data(), kChecksumBytes);
  const std::string_view plain = sealed.substr(kChecksumBytes);
  if (checksum != ChecksumOf(purpose, plain)) return std::nullopt;
  return std::string(plain);
}

}  // namespace latchkey::lab
