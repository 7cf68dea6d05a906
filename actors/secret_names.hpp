#pragma once

#include <cstdint>
#include <mutex>
#include <string>

/// What actors may know of stored secrets: that they are there and that they changed, never a
/// value.
namespace postroom::actors {

/// A port. Thread-safe; only `hold` may block, so it is for pool threads.
class secret_names {
 public:
  virtual ~secret_names() = default;
  /// While it is held, no secret is removed.
  [[nodiscard]] virtual std::unique_lock<std::mutex> hold() = 0;
  [[nodiscard]] virtual bool has(const std::string& partition, const std::string& name) const = 0;
  /// Another number after each change of the value; 0: there is none.
  [[nodiscard]] virtual uint64_t revision(const std::string& partition,
                                          const std::string& name) const = 0;
};

}  // namespace postroom::actors
