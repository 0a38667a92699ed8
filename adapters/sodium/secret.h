// 256 bits that nobody may read: wiped when they go, never copied, never printed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey {

// Thread-compatible.
class Secret {
 public:
  static constexpr size_t kBytes = 32;

  ~Secret();
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  // From the operating system's generator.
  [[nodiscard]] static Secret Random();
  // Exactly 64 hexadecimal digits; nothing for anything else.
  [[nodiscard]] static std::optional<Secret> FromHex(std::string_view hex);

  // A key of its own for each (context, number): knowing one says nothing of another or of this secret.
  // Requires: `context` has 8 characters.
  [[nodiscard]] Secret Derive(std::string_view context, uint64_t number) const;

  [[nodiscard]] const unsigned char* data() const { return bytes_.data(); }
  // Compares in constant time.
  [[nodiscard]] bool Equals(const Secret& other) const;
  [[nodiscard]] bool IsZero() const;
  // For writing a key ring; whoever calls it wipes the text (WipeText).
  [[nodiscard]] std::string Hex() const;

 private:
  Secret();

  std::array<unsigned char, kBytes> bytes_;
};

// Overwrites the characters in a way that the compiler keeps, then empties the string.
void WipeText(std::string& text);

// Makes libsodium ready; every entry point of this adapter calls it. Stops the process if it cannot be.
void EnsureSodium();

}  // namespace latchkey
