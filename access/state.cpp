#include "access/state.hpp"

#include <algorithm>
#include <cstdlib>

#include "storage/keys.hpp"

namespace postroom::access {

namespace keys = storage::keys;

namespace {

constexpr std::size_t most_name = 64;
constexpr int most_grants = 100;
constexpr int most_partitions = 1000;

template <class Record, class Take>
result<void> read_all(const storage::unit_store& store, keys::kind kind, const Take& take) {
  bool broken = false;
  auto scanned = store.scan(keys::all_of(kind), [&](std::string_view, std::string_view value) {
    Record record;
    broken = !record.ParseFromArray(value.data(), static_cast<int>(value.size()));
    if (!broken) take(std::move(record));
    return !broken;
  });
  if (!scanned) return scanned;
  if (broken) return fail(ec::corrupt_record, "a record of who may do what does not parse");
  return {};
}

bool can_sign_in(const AccessPrincipal& p) {
  return !p.disabled() && (p.has_password() || !p.certificate_subject().empty());
}

}  // namespace

result<state> load_state(const storage::unit_store& store) {
  state out;
  storage::write_batch unused;
  edit fill{out, unused};
  const auto take = [&](const auto& record) { fill.put(record); };
  using enum keys::kind;
  if (auto r = read_all<AccessPrincipal>(store, access_principal, take); !r) return r.error();
  if (auto r = read_all<AccessRole>(store, access_role, take); !r) return r.error();
  if (auto r = read_all<AccessToken>(store, access_token, take); !r) return r.error();
  return out;
}

void edit::put(const AccessPrincipal& p) {
  auto& to = next_.principals[p.name()];
  if (!to.certificate_subject().empty()) next_.subject_of.erase(to.certificate_subject());
  if (!p.certificate_subject().empty()) next_.subject_of[p.certificate_subject()] = p.name();
  told_.add(told_of(to), told_of(p));
  to = p;
  batch_.put(keys::access_principal(p.name()), p.SerializeAsString());
}

void edit::put(const AccessRole& r) {
  auto& to = next_.roles[r.name()];
  told_.add(told_of(to), told_of(r));
  to = r;
  batch_.put(keys::access_role(r.name()), r.SerializeAsString());
}

void edit::put(const AccessToken& t) {
  auto& to = next_.tokens[t.id()];
  told_.add(to.id().empty() ? told_fields{} : told_of(to), told_of(t));
  to = t;
  next_.token_of[t.hash()] = t.id();
  batch_.put(keys::access_token(t.id()), t.SerializeAsString());
}

void edit::erase_principal(const std::string& name) {
  std::vector<std::string> theirs;
  for (const auto& [id, token] : next_.tokens)
    if (token.principal() == name) theirs.push_back(id);
  for (const auto& id : theirs) erase_token(id);
  const auto found = next_.principals.find(name);
  if (found == next_.principals.end()) return;
  told_.add(told_of(found->second), {});
  next_.subject_of.erase(found->second.certificate_subject());
  next_.principals.erase(found);
  batch_.erase(keys::access_principal(name));
}

void edit::erase_role(const std::string& name) {
  told_.add(told_of(next_.roles[name]), {});
  next_.roles.erase(name);
  batch_.erase(keys::access_role(name));
}

void edit::erase_token(const std::string& id) {
  const auto found = next_.tokens.find(id);
  if (found == next_.tokens.end()) return;
  told_.add(told_of(found->second), {});
  next_.token_of.erase(found->second.hash());
  next_.tokens.erase(found);
  batch_.erase(keys::access_token(id));
}

rights_map rights_of(const grants& g) {
  rights_map out;
  for (const auto& grant : g) {
    auto& to = out[grant.right()];
    to.everywhere = to.everywhere || grant.everywhere();
    to.partitions.insert(grant.partitions().begin(), grant.partitions().end());
  }
  return out;
}

rights_map rights_of(const state& s, const google::protobuf::RepeatedPtrField<std::string>& roles) {
  rights_map out;
  for (const auto& name : roles)
    if (const auto role = s.roles.find(name); role != s.roles.end())
      join(out, rights_of(role->second.grants()));
  return out;
}

rights_map rights_of(const state& s, const AccessPrincipal& p) {
  return rights_of(s, p.roles());
}

grants grants_of(const rights_map& rights) {
  grants out;
  for (const auto& [what, where] : rights) {
    auto* g = out.Add();
    g->set_right(what);
    g->set_everywhere(where.everywhere);
    if (!where.everywhere)
      for (const auto& part : where.partitions) g->add_partitions(part);
  }
  return out;
}

bool has_administrator(const state& s) {
  return std::any_of(s.principals.begin(), s.principals.end(), [&](const auto& named) {
    if (!can_sign_in(named.second)) return false;
    const auto held = rights_of(s, named.second);
    const auto found = held.find(admin::v1::SECURITY_SETUP);
    return found != held.end() && found->second.everywhere;
  });
}

result<void> check_name(const std::string& field, const std::string& name) {
  const auto fine = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"._@-"}.find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!name.empty() && name.size() <= most_name && std::all_of(name.begin(), name.end(), fine))
    return {};
  return fail(ec::config_invalid, field + ": takes 1 to 64 of A-Z, a-z, 0-9, '.', '_', '@', '-'");
}

result<void> check_text(const std::string& field, const std::string& text, std::size_t most) {
  if (text.size() > most)
    return fail(ec::config_invalid, field + ": has " + std::to_string(text.size()) +
                                        " bytes; say it in " + std::to_string(most));
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }))
    return fail(ec::config_invalid, field + ": holds a control character; leave it out");
  return {};
}

result<void> check_grants(const std::string& field, const grants& g) {
  if (g.size() > most_grants)
    return fail(ec::config_invalid, field + ": are more than 100; put several partitions in one");
  for (const auto& grant : g) {
    if (!admin::v1::Right_IsValid(grant.right()) || grant.right() == admin::v1::RIGHT_UNSPECIFIED)
      return fail(ec::config_invalid, field + ": one names no right; name one, such as VIEW_CALLS");
    const auto what = admin::v1::Right_Name(grant.right());
    if (grant.everywhere() != grant.partitions().empty())
      return fail(ec::config_invalid,
                  field + ": " + what + " is held either everywhere or in partitions; say one");
    if (grant.partitions_size() > most_partitions)
      return fail(ec::config_invalid, field + ": " + what + " names more than 1000 partitions");
    for (const auto& part : grant.partitions())
      if (auto fine = check_name(field + ": a partition of " + what, part); !fine) return fine;
  }
  return {};
}

}  // namespace postroom::access
