#include "app/scanner_table.hpp"

namespace postroom::app {

std::shared_ptr<channels::mail_scanner> scanner_table::scanner_of(
    const partition_id& partition, const partitions::scan_settings& settings) {
  const std::lock_guard lock(mutex_);
  auto& e = entries_[partition.value];
  if (e.settings == settings)
    if (auto present = e.scanner.lock()) return present;
  auto made = make_(settings);
  e = {settings, made};
  return made;
}

}  // namespace postroom::app
