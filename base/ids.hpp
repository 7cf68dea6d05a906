#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace postroom {

/// A string or number that cannot be mistaken for another kind of id. `Tag` is never defined.
template <class Tag, class Rep>
struct strong {
  Rep value{};

  strong() = default;
  explicit strong(Rep v) : value(std::move(v)) {}
  auto operator<=>(const strong&) const = default;
};

using partition_id = strong<struct partition_tag,
                            std::string>;  ///< the partition's code: "IT"; 1–12 of A–Z, 0–9, '-'
using mailbox_id =
    strong<struct mailbox_tag, std::string>;  ///< the incoming server's name, unique on the system
using server_id =
    strong<struct server_tag, std::string>;  ///< the outgoing server's name, unique on the system
using person_id = strong<struct person_tag, uint64_t>;  ///< directory-wide; 0 is nobody
using mail_id = strong<struct mail_tag,
                       uint64_t>;  ///< per partition, in order of ingest; also keys the raw bytes
using call_number =
    strong<struct call_tag, uint64_t>;             ///< per partition, from 1; shown as IT-000123
using epoch = strong<struct epoch_tag, uint64_t>;  ///< grows with every change of a unit's owner

/// "IT-000123". Six digits at least.
std::string render_call(const partition_id& part, call_number number);

}  // namespace postroom

template <class Tag, class Rep>
struct std::hash<postroom::strong<Tag, Rep>> {
  size_t operator()(const postroom::strong<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>{}(id.value);
  }
};
