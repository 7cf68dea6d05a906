#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::app {

/// Who is at the details of which server, until when. Kept in memory: after a restart nobody is.
/// Thread-safe.
class lease_table {
 public:
  static constexpr duration term{5 * 60 * 1000};
  static constexpr std::size_t max_leases = 10'000;

  /// Partition, kind and name of a server.
  using key = std::tuple<std::string, int, std::string>;
  struct lease {
    std::string holder;
    time_point until;
  };

  explicit lease_table(clock_fn clock) : clock_(std::move(clock)) {}

  /// Gives or renews the lease; takes it from `from` as well, but from nobody else: of several who
  /// take it from one holder at once, one gets it. Errors: conflict, which names who has it until
  /// when; overloaded.
  result<lease> open(const key& server, const std::string& who, const std::string& from = {});
  /// Undoes what `who` has just taken, unless somebody has it by now who came later.
  void put_back(const key& server, const std::string& who, const lease& before);
  /// Gives it back; nothing happens when nobody has it. Errors: conflict.
  result<void> close(const key& server, const std::string& who);
  /// Who has it now.
  [[nodiscard]] std::optional<lease> holder(const key& server) const;
  /// Whether `who` may change the server. Errors: conflict.
  [[nodiscard]] result<void> check(const key& server, const std::string& who) const;

 private:
  /// Under the lock. Null: nobody has it.
  const lease* valid(const key& server) const;
  [[nodiscard]] result<void> check_locked(const key& server, const std::string& who) const;
  void forget_expired();

  clock_fn clock_;
  mutable std::mutex mutex_;
  std::map<key, lease> leases_;
};

}  // namespace postroom::app
