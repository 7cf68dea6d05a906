#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace postroom::storage {

/// Changes that happen together or not at all. Large values are shared, not copied, until the
/// engine writes them.
class write_batch {
 public:
  enum class op_kind { put, erase, erase_range };
  struct op {
    op_kind kind;
    std::string key;
    std::string value;                         ///< put; erase_range: the key after the last
    std::shared_ptr<const std::string> owner;  ///< keeps `shared` alive
    std::string_view shared;                   ///< put: used instead of `value` when `owner` is set
    [[nodiscard]] std::string_view data() const { return owner ? shared : std::string_view{value}; }
  };

  void put(std::string key, std::string value);
  /// `part` must lie inside `*owner`.
  void put_shared(std::string key, std::shared_ptr<const std::string> owner, std::string_view part);
  void erase(std::string key);
  /// Erases [first, last); unlike in a scan, `last` must be given. A range that ends before it
  /// begins is a bug and makes the whole batch fail with `internal`.
  void erase_range(std::string first, std::string last);
  void append(write_batch&& other);

  [[nodiscard]] const std::vector<op>& ops() const { return ops_; }
  [[nodiscard]] bool empty() const { return ops_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  ///< keys and values

 private:
  std::vector<op> ops_;
  std::size_t bytes_ = 0;
};

/// [first, last) in byte order; an empty `last` means to the end.
struct key_range {
  std::string first;
  std::string last;
};

/// One unit's ordered keys and values: the settings, the directory or one partition. Thread-safe.
/// Every call blocks on the disk, and so may letting go of the last handle: never do either on an
/// actor scheduler thread. Errors: store_io, no_space, stale_epoch, corrupt_record; internal for a
/// batch that touches the unit's own epoch.
class unit_store {
 public:
  virtual ~unit_store() = default;

  /// Takes the unit over: the epoch grows by one, durably, and every older epoch is refused from
  /// now on. A unit that was never claimed takes no writes; the first claim gives 1.
  virtual result<epoch> claim() = 0;

  virtual result<std::optional<std::string>> get(std::string_view key) const = 0;
  virtual result<std::vector<std::optional<std::string>>> multi_get(
      std::span<const std::string> keys) const = 0;

  /// Calls `visit` for each pair in order (or in reverse) until it returns false or the range ends.
  /// A consistent view; the visitor may read and write the unit, which does not change what it is
  /// shown.
  using visitor = std::function<bool(std::string_view key, std::string_view value)>;
  virtual result<void> scan(const key_range& range, const visitor& visit,
                            bool reverse = false) const = 0;

  /// Writes without waiting for the disk; durable no later than the next commit of this unit. For
  /// the pieces of a large mail, which nothing refers to before the commit that names them.
  virtual result<void> stage(epoch owner, write_batch batch) = 0;

  /// Writes all or nothing and returns only when it is on disk. Refuses a stale epoch inside the
  /// write itself. After store_io or no_space nobody knows whether it happened: read again before
  /// deciding.
  virtual result<void> commit(epoch owner, write_batch batch) = 0;

  /// Held by whoever adds to the unit's audit chain, from reading its head to the end of the
  /// commit.
  [[nodiscard]] std::mutex& audit_turn() { return audit_turn_; }

 private:
  std::mutex audit_turn_;
};

/// Where units live. Thread-safe.
class engine {
 public:
  virtual ~engine() = default;
  /// The unit of this name ("settings", "directory", "partition-IT"), made when it does not exist.
  /// The same object for the same name as long as anyone holds it. A name is 1 to 64 of A–Z, a–z,
  /// 0–9, '-', '_', else config_invalid.
  virtual result<std::shared_ptr<unit_store>> open(const std::string& unit) = 0;
  /// The names of all units there are, in order.
  virtual result<std::vector<std::string>> units() const = 0;
};

}  // namespace postroom::storage
