#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace postroom::access {

/// A secret to show once: a prefix that says what it is, then 256 random bits in hexadecimal.
std::string make_secret(const std::string& prefix, const random_fn& random);
/// What is kept of a secret: its SHA-256. 256 random bits need no salt and no slow digest.
std::string digest_of(const std::string& secret);

inline constexpr duration session_idle{30 * 60'000};
inline constexpr duration session_longest{12 * 3'600'000};

/// Who has signed in. In memory only: a restart ends all sessions. Thread-safe.
class sessions {
 public:
  struct opened {
    std::string secret;
    time_point expires_at;
  };
  /// Of one principal at most 16 are kept, of all 10,000: the one idle for longest gives way.
  opened open(const std::string& principal, time_point now, const random_fn& random);
  /// Whose session it is, kept alive by this; nothing when there is none or it is over.
  std::optional<std::string> principal_of(const std::string& digest, time_point now);
  void close(const std::string& digest);
  /// All of a principal but one.
  void close_all(const std::string& principal, const std::string& but = {});
  [[nodiscard]] std::size_t size() const;

 private:
  struct session {
    std::string principal;
    time_point since;
    time_point used;
  };
  static bool over(const session& s, time_point now);
  void make_room(const std::string& principal, time_point now);

  mutable std::mutex mutex_;
  std::map<std::string, session> by_digest_;
};

}  // namespace postroom::access
