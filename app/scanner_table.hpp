#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/ids.hpp"
#include "channels/scanner.hpp"
#include "partitions/scanning.hpp"

namespace postroom::app {

/// One scanner per partition, for as long as somebody uses it: so the connections of all its
/// mailboxes together are bounded. Thread-safe.
class scanner_table {
 public:
  using make_fn =
      std::function<std::shared_ptr<channels::mail_scanner>(const partitions::scan_settings&)>;
  explicit scanner_table(make_fn make) : make_(std::move(make)) {}

  /// The partition's scanner; a new one when it has none with these settings. Those who still hold
  /// the one before go on with it.
  std::shared_ptr<channels::mail_scanner> scanner_of(const partition_id& partition,
                                                     const partitions::scan_settings& settings);

 private:
  struct entry {
    partitions::scan_settings settings;
    std::weak_ptr<channels::mail_scanner> scanner;
  };
  make_fn make_;
  std::mutex mutex_;
  std::map<std::string, entry> entries_;
};

}  // namespace postroom::app
