#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "channels/scanner.hpp"

namespace postroom::channels {

class event_loop;

struct clamd_settings {
  std::string socket_path;   ///< of its Unix socket; empty: TCP
  std::string host;          ///< TCP: its name or address
  uint16_t port = 0;         ///< TCP
  duration timeout{60'000};  ///< of one mail, from the connection to the verdict
  unsigned max_connections = 4;
  std::size_t max_queued = 10'000;  ///< mails that wait for a connection; more are ec::overloaded
};

/// ClamAV's daemon, by its command INSTREAM (clamd(8)): one connection per mail. The loop must
/// outlive it.
std::unique_ptr<mail_scanner> make_clamd(event_loop& loop, clamd_settings settings);

}  // namespace postroom::channels
