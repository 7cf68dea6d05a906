#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace postroom::actors {

/// How long a mail that did not come is left alone after so many tries in vain before: five
/// minutes, doubled with each, six hours at most.
duration pause_of_mail(unsigned tries);

/// The mails of one mailbox at which the connection ended while they were waited for: a server that
/// dies of a mail dies of it each time. Outlives the pollers of the mailbox, not the process. One
/// poller at a time. Pure.
class connection_breakers {
 public:
  /// So often the same mail may be the one that was waited for: connections end by chance too.
  static constexpr unsigned by_chance = 2;

  /// The connection ended at this mail. True when it will be left alone from now on, for a while.
  bool note(const std::string& mail, time_point now);
  /// The mail came: it was chance.
  void came(const std::string& mail) { seen_.erase(mail); }
  /// Until when the mail must not be asked for; nothing: it may be.
  [[nodiscard]] std::optional<time_point> left_alone_until(const std::string& mail,
                                                           time_point now) const;
  void clear() { seen_.clear(); }

 private:
  static constexpr std::size_t most =
      100;  // mails remembered; a mailbox with more has other troubles
  struct entry {
    unsigned times = 0;
    time_point until{};
  };
  std::map<std::string, entry> seen_;
};

}  // namespace postroom::actors
