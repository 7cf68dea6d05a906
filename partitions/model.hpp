#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "postroom/config/v1/config.pb.h"

/// The rules: pure functions over values. No clock, no I/O, no threads.
namespace postroom::partitions {

enum class start_kind { now, all, date };
struct start_from {
  start_kind kind = start_kind::now;
  time_point date{};  ///< kind date: midnight UTC
  bool operator==(const start_from&) const = default;
};

/// "30s", "5m", "4d", "250ms" / "64MiB", "512KiB", "1000" / "now", "all", "2026-11-01".
result<duration> parse_duration(std::string_view text);
result<uint64_t> parse_size(std::string_view text);
result<start_from> parse_start_from(std::string_view text);

/// An address in the form that lookups compare: lower case on both sides of the @, the domain in
/// its ASCII form, no white space around.
std::string fold_address(std::string_view address);

/// Every address that a partition sends from, has as reply_to or signs in with: an answer to one of
/// them would come back as a new call. A login without a domain counts in the domains the partition
/// sends from. A +DETAIL in an address does not count.
class own_addresses {
 public:
  explicit own_addresses(const config::v1::Partition& partition);
  /// `folded` as fold_address gives it; also one that bears the tag of a call.
  [[nodiscard]] bool contains(const std::string& folded) const;

 private:
  void add_login(const std::string& login);
  [[nodiscard]] bool holds(const std::string& folded) const;
  using names = std::unordered_set<std::string>;
  names whole_, logins_, domains_;  ///< logins and domains apart: their product may be large
};

/// Whether an address is one of the whole node's; takes it folded.
using own_check = std::function<bool(const std::string&)>;
/// Whether the node has a partition of this id.
using partition_check = std::function<bool(const partition_id&)>;

struct routing_tables;   // routing.hpp
class parsed_templates;  // text_template.hpp

/// The part of a configuration that decides calls; immutable, shared by the actors of one
/// partition.
class partition_model {
 public:
  /// From a validated partition; a partition with problems gives a model that must not be used.
  /// `own` and `known` answer for the whole node; empty: only this partition counts.
  partition_model(config::v1::Partition config, config::v1::General general, uint64_t version,
                  own_check own = {}, partition_check known = {});

  [[nodiscard]] const partition_id& id() const { return id_; }
  [[nodiscard]] const config::v1::Partition& config() const { return config_; }
  [[nodiscard]] const config::v1::General& general() const { return general_; }
  [[nodiscard]] uint64_t version() const { return version_; }
  [[nodiscard]] const config::v1::IncomingServer* incoming(std::string_view name) const;
  [[nodiscard]] const config::v1::CallTemplate* call_template(std::string_view name) const;
  /// The matrix cell; empty only for names that are not in the partition.
  [[nodiscard]] std::string_view priority(std::string_view impact, std::string_view urgency) const;
  /// The screen set of a template: its own, else the one of its status and stream, else empty.
  [[nodiscard]] std::string_view screen_set(const config::v1::CallTemplate& t) const;
  /// The active outgoing server, if any.
  [[nodiscard]] const config::v1::OutgoingServer* outgoing() const;
  /// Rules and sender lists, ready for `route`.
  [[nodiscard]] const routing_tables& routing() const { return *routing_; }
  /// The texts of mails, parsed once for as long as this model is in force.
  [[nodiscard]] const parsed_templates& templates() const { return *templates_; }
  /// One of the node's own addresses; `folded` as fold_address gives it.
  [[nodiscard]] bool is_own(const std::string& folded) const { return own_(folded); }
  /// This partition or another one of the node.
  [[nodiscard]] bool is_partition(const partition_id& id) const {
    return id == id_ || (known_ && known_(id));
  }

 private:
  partition_id id_;
  config::v1::Partition config_;
  config::v1::General general_;
  uint64_t version_;
  own_check own_;
  partition_check known_;
  std::shared_ptr<const routing_tables> routing_;
  std::shared_ptr<const parsed_templates> templates_;
};

/// `active` is on unless it was switched off.
inline bool is_active(const config::v1::IncomingServer& s) {
  return !s.has_active() || s.active();
}
inline bool is_active(const config::v1::OutgoingServer& s) {
  return !s.has_active() || s.active();
}
inline bool is_active(const config::v1::Person& p) {
  return !p.has_active() || p.active();
}

}  // namespace postroom::partitions
