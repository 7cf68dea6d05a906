#include "app/left_behind.hpp"

#include <algorithm>

#include "postroom/record/v1/record.pb.h"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

namespace postroom::app {
namespace {

namespace keys = storage::keys;

result<std::size_t> people_of(const storage::unit_store& directory, const std::string& partition) {
  std::size_t out = 0;
  const auto scanned = directory.scan(
      keys::all_of(keys::kind::person), [&](std::string_view, std::string_view value) {
        record::v1::Person p;
        if (p.ParseFromArray(value.data(), static_cast<int>(value.size())))
          out += p.partition() == partition;
        return true;
      });
  if (!scanned) return scanned.error();
  return out;
}

/// The roles or tokens, by name or id, that hold a right in the partition by its id.
template <class Map, class GrantsOf>
std::size_t naming(const Map& all, const std::string& partition, GrantsOf grants_of) {
  return static_cast<std::size_t>(std::ranges::count_if(all, [&](const auto& entry) {
    return std::ranges::any_of(grants_of(entry.second), [&](const auto& grant) {
      return std::ranges::find(grant.partitions(), partition) != grant.partitions().end();
    });
  }));
}

void add(std::vector<std::string>& out, std::size_t n, const char* one, const char* many) {
  if (n > 0) out.push_back(std::to_string(n) + " " + (n == 1 ? one : many));
}

}  // namespace

result<std::vector<std::string>> left_behind(const std::string& partition,
                                             const storage::engine& engine,
                                             const storage::unit_store& directory,
                                             const secrets::vault& vault,
                                             const access::registry& registry) {
  const auto units = engine.units();
  if (!units) return units.error();
  const auto people = people_of(directory, partition);
  if (!people) return people.error();
  std::vector<std::string> out;
  const auto unit = storage::partition_unit(partition_id{partition});
  if (std::ranges::find(*units, unit) != units->end()) out.emplace_back("calls, mails and ledger");
  add(out, *people, "person", "people");
  if (out.empty()) return out;
  add(out, vault.list(partition).size(), "secret", "secrets");
  const auto now = registry.now();
  add(out, naming(now->roles, partition, [](const auto& r) { return r.grants(); }),
      "role that names it", "roles that name it");
  add(out, naming(now->tokens, partition, [](const auto& t) { return t.scopes(); }),
      "token that names it", "tokens that name it");
  return out;
}

}  // namespace postroom::app
