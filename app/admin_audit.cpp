#include "app/admin_audit.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include "app/admin_find.hpp"
#include "app/admin_gate.hpp"
#include "app/words.hpp"
#include "base/digest.hpp"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

namespace postroom::app {
namespace {

using record::v1::AuditEntry;
namespace audit = storage::audit;

constexpr std::size_t hex_digits = 64;

bool is_partition(const std::string& unit) {
  return unit.starts_with(storage::partition_unit(partition_id{}));
}

/// The units of the whole node, by their own names.
result<std::vector<open_unit>> node_units(const admin_backend& backend) {
  std::vector<open_unit> out;
  const auto engine = backend.engine();
  const auto names = engine->units();
  if (!names) return names.error();
  for (const auto& name : *names) {
    if (is_partition(name)) continue;
    auto store = engine->open(name);
    if (!store) return store.error();
    out.push_back({partition_id{name}, *store});
  }
  return out;
}

/// The units whose entries the caller may read, under the units' names.
result<std::vector<open_unit>> readable_units(const admin_backend& backend,
                                              const std::string& partition,
                                              const access::caller& caller) {
  if (!partition.empty())
    if (auto open = find_unit(visible(backend.units, caller, {access::right::AUDIT}), partition);
        !open)
      return open.error();
  std::vector<open_unit> out;
  if (caller.may_everywhere(access::right::AUDIT)) {
    auto of_node = node_units(backend);
    if (!of_node) return of_node;
    out = std::move(*of_node);
  }
  for (const auto& unit : backend.units()) {
    const bool wanted = partition.empty() || unit.part.value == partition;
    if (wanted && caller.may(access::right::AUDIT, unit.part.value))
      out.push_back({partition_id{storage::partition_unit(unit.part)}, unit.store});
  }
  return out;
}

std::function<bool(const AuditEntry&)> filter_of(const admin::v1::ListAuditRequest& wanted) {
  return [wanted, what = lower(wanted.what())](const AuditEntry& e) {
    return (wanted.partition().empty() || e.partition() == wanted.partition()) &&
           (wanted.who().empty() || e.who() == wanted.who()) &&
           (what.empty() || lower(e.what()).find(what) != std::string::npos) &&
           (wanted.since() == 0 || e.at() >= wanted.since()) &&
           (wanted.until() == 0 || e.at() < wanted.until());
  };
}

admin::v1::UnitHead to_admin(const std::string& unit, const audit::head& h) {
  admin::v1::UnitHead out;
  out.set_unit(unit);
  out.set_sequence(h.sequence);
  out.set_hash(to_hex(h.hash));
  return out;
}

/// 32 bytes of 64 digits in any case; empty: they are none.
std::string from_hex(const std::string& digits) {
  std::string out;
  if (digits.size() != hex_digits ||
      !std::all_of(digits.begin(), digits.end(),
                   [](unsigned char c) { return std::isxdigit(c) != 0; }))
    return out;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return out;
}

using expected_heads = std::map<std::string, audit::head>;

result<expected_heads> parse_expected(const admin::v1::VerifyAuditRequest& request) {
  expected_heads out;
  for (const auto& h : request.expected()) {
    auto hash = from_hex(h.hash());
    if (h.unit().empty() || hash.empty())
      return fail(ec::config_invalid,
                  "expected: unit \"" + h.unit() +
                      "\" needs a name and a hash of 64 hexadecimal digits, as `postroom audit "
                      "head` prints them");
    if (!out.emplace(h.unit(), audit::head{h.sequence(), std::move(hash)}).second)
      return fail(ec::config_invalid, "expected: unit " + h.unit() + " is given twice");
  }
  return out;
}

admin::v1::VerifyAuditResponse::Unit to_admin(const std::string& unit, const audit::verdict& v) {
  admin::v1::VerifyAuditResponse::Unit out;
  *out.mutable_head() = to_admin(unit, v.last);
  out.set_before_chain(v.before_chain);
  if (!v.damaged) return out;
  out.set_broken_at(v.damaged->sequence);
  out.set_broken("entry " + std::to_string(v.damaged->sequence) + ": " + v.damaged->what);
  return out;
}

}  // namespace

result<admin::v1::ListAuditResponse> list_audit(const admin_backend& backend,
                                                const admin::v1::ListAuditRequest& request,
                                                const access::caller& caller) {
  auto units = readable_units(backend, request.partition(), caller);
  if (!units) return units.error();
  const page_query query{
      storage::keys::kind::audit_chain, {}, request.page_size(), request.page_token()};
  auto found = merged_page<AuditEntry>(
      *units, query, [](const AuditEntry& e) { return e.at(); }, filter_of(request));
  if (!found) return found.error();
  admin::v1::ListAuditResponse out;
  for (auto& [unit, entry] : found->rows) {
    auto& item = *out.add_items();
    item.set_unit(unit.value);
    *item.mutable_entry() = std::move(entry);
  }
  out.set_next_page_token(found->next_token);
  return out;
}

result<admin::v1::VerifyAuditResponse> verify_audit(const admin_backend& backend,
                                                    const admin::v1::VerifyAuditRequest& request) {
  auto expected = parse_expected(request);
  if (!expected) return expected.error();
  const auto engine = backend.engine();
  const auto names = engine->units();
  if (!names) return names.error();
  admin::v1::VerifyAuditResponse out;
  for (const auto& name : *names) {
    const auto store = engine->open(name);
    if (!store) return store.error();
    const auto wanted = expected->find(name);
    const auto verdict = audit::verify(
        name, **store, wanted == expected->end() ? std::nullopt : std::optional{wanted->second});
    if (!verdict) return verdict.error();
    *out.add_units() = to_admin(name, *verdict);
    expected->erase(name);
  }
  for (const auto& [name, head] : *expected) {
    audit::verdict gone;
    gone.damaged = audit::damage{head.sequence, "it is expected, but there is no such unit"};
    *out.add_units() = to_admin(name, gone);
  }
  out.set_intact(std::all_of(out.units().begin(), out.units().end(),
                             [](const auto& u) { return u.broken().empty(); }));
  return out;
}

result<admin::v1::AuditHeadResponse> audit_heads(const admin_backend& backend) {
  const auto engine = backend.engine();
  const auto names = engine->units();
  if (!names) return names.error();
  admin::v1::AuditHeadResponse out;
  for (const auto& name : *names) {
    const auto store = engine->open(name);
    if (!store) return store.error();
    const auto head = audit::read_head(name, **store);
    if (!head) return head.error();
    *out.add_heads() = to_admin(name, *head);
  }
  return out;
}

}  // namespace postroom::app
