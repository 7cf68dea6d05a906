#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "postroom/config/v1/config.pb.h"

/// Whether and how a partition has its mails scanned for viruses. Pure.
namespace postroom::partitions {

/// Where clamd listens.
struct scanner_address {
  std::string socket_path;  ///< of its Unix socket; empty: TCP
  std::string host;         ///< TCP: a name, or an address without brackets
  uint16_t port = 0;        ///< TCP
  bool operator==(const scanner_address&) const = default;
};

/// "unix:/run/clamav/clamd.ctl", "tcp:clamd:3310", "tcp:[::1]:3310". Error: config_invalid, what to
/// write instead.
result<scanner_address> parse_scanner_address(std::string_view text);

/// The settings with all defaults filled in.
struct scan_settings {
  scanner_address scanner;
  bool tag_infected = false;       ///< else an infected mail goes to the quarantine
  bool accept_unscanned = false;   ///< else a mail waits until the scanner answers
  duration timeout{60'000};        ///< of one mail
  uint64_t max_bytes = 25u << 20;  ///< larger mails are not scanned
  bool operator==(const scan_settings&) const = default;
};

/// Nothing: the partition's mails are not scanned. From validated settings.
std::optional<scan_settings> scan_settings_of(const config::v1::Scanning& s);

}  // namespace postroom::partitions
