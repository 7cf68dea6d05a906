#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "secrets/envelope.hpp"
#include "storage/store.hpp"

namespace postroom::secrets {

inline constexpr std::size_t max_value_bytes = 16u << 10;
inline constexpr std::size_t max_per_partition = 1000;
inline constexpr std::size_t max_token_bytes = 64u << 10;

/// Who asks for a change, for the audit.
struct change {
  std::string who;
  std::string from;
  std::string reason;
  time_point at{};
};

/// What is known of a secret; never its value.
struct secret_info {
  std::string name;
  int64_t changed_at = 0;
  std::string changed_by;
  std::string key_id;  ///< 8 bytes
  bool key_known = false;
};

struct rotation {
  uint64_t rewrapped = 0;
  uint64_t untouched = 0;
  std::vector<std::string> failed;  ///< "IT/imap: why"; the first 100
};

/// The secrets of a node: encrypted on disk and in memory, decrypted at each use. Thread-safe. What
/// changes them blocks on the disk and is in the audit of the unit "secrets", values masked; what
/// reads them does not block.
class vault {
 public:
  /// Reads all records. Errors: those of the store, corrupt_record.
  static result<std::unique_ptr<vault>> open(std::shared_ptr<storage::unit_store> store,
                                             epoch owner, key_ring keys);

  /// The value. Errors: not_found with the remedy; as `secrets::open`.
  [[nodiscard]] result<secure_bytes> reveal(const place& where) const;
  [[nodiscard]] bool has(const place& where) const;
  /// Differs whenever the value was put anew in the life of this object; 0: there is none.
  [[nodiscard]] uint64_t revision(const place& where) const;
  /// By name; without tokens.
  [[nodiscard]] std::vector<secret_info> list(const std::string& partition) const;
  /// Of the key that encrypts, 8 bytes; empty: there is none.
  [[nodiscard]] std::string newest_key() const;

  /// True: it replaced one. Errors: config_invalid (name, value, no key), overloaded (too many),
  /// those of the store.
  result<bool> put(const place& where, std::string_view value, const change& by);
  /// Errors: not_found, those of the store.
  result<void> remove(const place& where, const change& by);
  /// Keeps what the node itself got, under a name with a colon, which no person can give, list or
  /// remove: `reveal`, `has` and `rotate` take it as any other. With `by` it is a new one: it has
  /// another revision, and the audit tells of it; without, it takes the place of the old one
  /// quietly. Errors: as `put`; not_found when there is no old one.
  result<void> put_token(const place& where, std::string_view value,
                         const std::optional<change>& by, time_point at);
  /// False: there was none. Errors: those of the store.
  result<bool> remove_token(const place& where, const change& by);

  /// Encrypts every secret's own key with the newest of the node's, some in each commit. Whatever
  /// ends it half-way, each secret opens with the old keys or the new one, and asking again goes
  /// on. Errors: config_invalid (no key), those of the store.
  result<rotation> rotate(const change& by);

  /// While it is held, no secret is removed that somebody is about to name.
  [[nodiscard]] std::unique_lock<std::mutex> hold_names() { return std::unique_lock{names_}; }

 private:
  struct held {
    record::v1::Secret record;
    uint64_t revision = 0;
  };
  using entries = std::map<place, held>;

  vault(std::shared_ptr<storage::unit_store> store, epoch owner, key_ring keys);
  result<void> load();
  result<void> commit(storage::write_batch batch, const place& where, const change& by,
                      const std::string& what, const std::string& before, const std::string& after);
  void remember(const place& where, record::v1::Secret record, bool new_value);
  void forget(const place& where);
  void read_again(const place& where);
  [[nodiscard]] std::size_t count(const std::string& partition) const;
  result<void> rewrap_some(entries& batch, const change& by);

  std::shared_ptr<storage::unit_store> store_;
  epoch owner_;
  key_ring keys_;
  std::mutex names_;
  std::mutex writing_;             // held over the disk; one change at a time
  mutable std::shared_mutex map_;  // never held over the disk
  entries entries_;
  uint64_t revisions_ = 0;
};

/// The rule of names: 1 to 64 of A-Z a-z 0-9 . _ -. Errors: config_invalid.
result<void> check_name(const std::string& name);

}  // namespace postroom::secrets
