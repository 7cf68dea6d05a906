#include "actors/directory_change.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "partitions/address_marks.hpp"

namespace postroom::actors {
namespace {

using record::v1::Person;

std::string id_of(const change_person& wanted) {
  return wanted.partition.value + "/" + std::to_string(wanted.person.value);
}

/// Fields of the configuration's form of a person onto the directory's.
Person taken(Person p, const config::v1::Person& to) {
  p.set_name(to.name());
  *p.mutable_addresses() = to.addresses();
  p.set_user(to.user());
  if (!to.user()) p.clear_user_flag_by();
  p.set_active(partitions::is_active(to));
  p.set_format(to.format());
  p.set_language(to.language());
  partitions::drop_old_marks(p);
  return p;
}

result<void> addresses_free(const Person& p, const std::vector<Person>& same_address) {
  for (const auto& other : same_address)
    if (other.id() != p.id() && other.partition() == p.partition() && !other.template_())
      return fail(ec::already_exists,
                  "addresses: one of them belongs to person " + p.partition() + "/" +
                      std::to_string(other.id()) +
                      " already; an address leads to one person of a partition");
  return {};
}

/// The first few of them: a person may have a hundred.
std::string told_addresses(const Person& p) {
  constexpr int most = 5;
  std::string out;
  for (int i = 0; i < std::min(most, p.addresses_size()); ++i)
    out += (i == 0 ? "" : ", ") + p.addresses(i);
  if (p.addresses_size() > most)
    out += " and " + std::to_string(p.addresses_size() - most) + " more";
  return out;
}

/// The fields of `p` that differ from the other's: "name: Una; active: yes".
std::string told(const Person& p, const Person& other) {
  std::string out;
  const auto add = [&](const char* field, const std::string& text, bool same) {
    if (!same && !text.empty()) out += (out.empty() ? "" : "; ") + (field + (": " + text));
  };
  const auto yes = [](bool set) { return std::string{set ? "yes" : "no"}; };
  add("name", p.name(), p.name() == other.name());
  add("addresses", told_addresses(p), std::ranges::equal(p.addresses(), other.addresses()));
  add("user", yes(p.user()), p.user() == other.user());
  add("active", yes(p.active()), p.active() == other.active());
  add("format", p.format(), p.format() == other.format());
  add("language", p.language(), p.language() == other.language());
  return out;
}

}  // namespace

uint64_t revision_of(const Person& person) {
  return short_digest(person.SerializeAsString());
}

result<Person> changed_person(const Person& now, const change_person& wanted,
                              const std::vector<Person>& same_address) {
  if (now.from_config())
    return fail(ec::conflict, "person " + id_of(wanted) +
                                  " has come into the configuration meanwhile; read it again");
  auto next = now;
  if (wanted.to)
    next = taken(std::move(next), *wanted.to);
  else
    next.set_active(false);
  if (next.SerializeAsString() == now.SerializeAsString()) return next;
  if (wanted.revision != revision_of(now))
    return fail(ec::outdated, "revision: somebody, or a mail, has changed person " + id_of(wanted) +
                                  " since it was read; read it again and do yours anew");
  if (auto free = addresses_free(next, same_address); !free) return free.error();
  return next;
}

record::v1::AuditEntry audit_of(const change_person& done, const Person& was, const Person& is,
                                time_point at) {
  record::v1::AuditEntry out;
  out.set_at(to_millis(at));
  out.set_who(done.who);
  out.set_from(done.from);
  out.set_partition(done.partition.value);
  out.set_what(done.to ? "person changed" : "person switched off");
  out.set_detail("person " + id_of(done));
  out.set_reason(done.reason);
  out.set_before(told(was, is));
  out.set_after(told(is, was));
  return out;
}

}  // namespace postroom::actors
