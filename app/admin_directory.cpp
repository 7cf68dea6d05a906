#include "app/admin_directory.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "actors/audit_entries.hpp"
#include "actors/directory_change.hpp"
#include "actors/words.hpp"
#include "app/admin_find.hpp"
#include "partitions/changes.hpp"
#include "partitions/model.hpp"
#include "storage/keys.hpp"

namespace postroom::app {
namespace {

using namespace admin::v1;
using access::caller;
namespace keys = storage::keys;

const std::string service = "postroom.admin.v1.DirectoryService/";

struct people_state {
  explicit people_state(setup_backend b) : backend(std::move(b)), stored(backend.settings) {}
  setup_backend backend;
  stored_settings stored;
};

/// A person, and where to change them.
struct located {
  DirectoryPerson shown;
  std::string key;  ///< how the configuration calls the person; blank: a mail created them
};

error nobody(const std::string& partition, const std::string& who) {
  return fail(ec::not_found, "partition " + partition + " has no person " + who +
                                 "; `postroom people list` shows everybody");
}

std::string key_of(const config::v1::Person& p) {
  return p.addresses().empty() ? p.name() : p.addresses(0);
}

/// What the configuration says of somebody in the directory; null: nothing.
const config::v1::Person* configured(const config::v1::Partition* partition,
                                     const record::v1::Person& p) {
  if (!partition || !p.from_config()) return nullptr;
  for (const auto& a : p.addresses())
    if (const auto* found = partitions::find_person(*partition, a)) return found;
  return partitions::find_person(*partition, p.name());
}

void take_configured(located& out, const config::v1::Settings& settings,
                     const config::v1::Person& person) {
  out.key = key_of(person);
  const auto object = partitions::remove_person(out.shown.partition(), out.key).object(settings);
  out.shown.set_revision(partitions::revision_of(object));
  *out.shown.mutable_person() = person;
}

located located_at(const actors::settings_document& now, const record::v1::Person& p) {
  located out;
  out.shown = shown_person(p);
  const auto* found = configured(partitions::find_partition(now.settings, p.partition()), p);
  out.shown.set_from_mail(!found);  // also right after it was taken out of the configuration
  out.shown.set_revision(actors::revision_of(p));
  if (found) take_configured(out, now.settings, *found);
  return out;
}

/// The directory's record of somebody with this address; one of the configuration before others.
result<std::optional<record::v1::Person>> find_address(const storage::unit_store& store,
                                                       const std::string& partition,
                                                       const std::string& address) {
  const auto folded = partitions::fold_address(address);
  std::optional<record::v1::Person> out;
  const auto scanned =
      store.scan(keys::all_of(keys::kind::person), [&](std::string_view, std::string_view value) {
        record::v1::Person p;
        if (!p.ParseFromArray(value.data(), static_cast<int>(value.size()))) return true;
        const bool has = std::ranges::any_of(
            p.addresses(), [&](const auto& a) { return partitions::fold_address(a) == folded; });
        if (has && p.partition() == partition && (!out || p.from_config())) out = std::move(p);
        return !out || !out->from_config();
      });
  if (!scanned) return scanned.error();
  return out;
}

result<located> locate(people_state& s, const std::string& partition, uint64_t id) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  const auto name = partition + "/" + std::to_string(id);
  auto record = read_record<record::v1::Person>(*s.backend.directory(), keys::person(person_id{id}),
                                                "person " + name);
  // Whose it was nobody can tell any more, so it is nobody's.
  if (record.code() == ec::corrupt_record) return nobody(partition, name);
  if (!record) return record.error();
  if (!*record || (*record)->partition() != partition) return nobody(partition, name);
  return located_at(**now, **record);
}

/// By address: right after a change the configuration may know somebody whom the directory does
/// not know yet.
result<located> locate(people_state& s, const std::string& partition, const std::string& address) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  auto record = find_address(*s.backend.directory(), partition, address);
  if (!record) return record.error();
  const auto* p = partitions::find_partition((*now)->settings, partition);
  const auto* person = p ? partitions::find_person(*p, address) : nullptr;
  if (*record && (!person || (*record)->from_config())) return located_at(**now, **record);
  if (!person) return nobody(partition, address);
  located out;
  out.shown.set_partition(partition);
  take_configured(out, (*now)->settings, *person);
  return out;
}

result<GetPersonResponse> get(people_state& s, const GetPersonRequest& r) {
  if (r.id() == 0 && r.address().empty())
    return fail(ec::config_invalid, "id: it is missing; give the number or an address");
  auto found =
      r.id() != 0 ? locate(s, r.partition(), r.id()) : locate(s, r.partition(), r.address());
  if (!found) return found.error();
  GetPersonResponse out;
  *out.mutable_person() = std::move(found->shown);
  return out;
}

/// People outlive their partition, so one that is not configured may still have some.
result<ListPeopleResponse> list(people_state& s, const ListPeopleRequest& r, const caller& who) {
  auto page = list_people(*s.backend.directory(), r, who);
  if (!page || r.partition().empty() || !page->people().empty()) return page;
  const auto now = s.stored.now();
  if (!now) return now.error();
  if (partitions::find_partition((*now)->settings, r.partition())) return page;
  return fail(ec::not_found, "there is no partition " + r.partition() +
                                 "; `postroom people list` shows the people of all");
}

result<SetupResponse> add(people_state& s, const AddPersonRequest& r, const caller& who) {
  return make_edit(s.backend, partitions::add_person(r.partition(), r.person()), words_of(r, who),
                   r.partition());
}

/// Whom a mail created comes into the configuration as the same person: by an address kept.
result<SetupResponse> adopt(people_state& s, const located& before, const UpdatePersonRequest& r,
                            const caller& who) {
  if (r.revision() != before.shown.revision())
    return fail(ec::outdated,
                "revision: somebody, or a mail, has changed the person since it was read; read it "
                "again and do yours anew");
  config::v1::Partition alone;
  *alone.add_people() = r.person();
  const auto& known = before.shown.person().addresses();
  if (std::ranges::none_of(known, [&](const auto& a) {
        return !r.person().addresses().empty() && partitions::find_person(alone, a);
      }))
    return fail(ec::config_invalid,
                "addresses: keep one of those the person has, and change it afterwards: it is how "
                "the configuration takes over whom a mail created");
  auto words = words_of(r, who);
  words.revision = 0;
  return make_edit(s.backend, partitions::add_person(r.partition(), r.person()), words,
                   r.partition());
}

/// The problems the person would have in the configuration: the rules are the same for all.
result<SetupResponse> check_person(people_state& s, const UpdatePersonRequest& r) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  const auto edit = partitions::add_person(r.partition(), r.person());
  const auto wanted = edit.apply((*now)->settings);
  if (!wanted) return wanted.error();
  SetupResponse out;
  for (const auto& p : edit.seen(*wanted, partitions::validate(*wanted))) add_problem(p, out);
  return out;
}

void add_changes(const std::string& partition, const config::v1::Person& before,
                 const config::v1::Person& after, SetupResponse& out) {
  config::v1::Settings was, is;
  for (auto* s : {&was, &is}) s->add_partitions()->set_id(partition);
  *was.mutable_partitions(0)->add_people() = before;
  *is.mutable_partitions(0)->add_people() = after;
  const auto changes = partitions::changes_between(was, is);
  for (const auto& c : changes.changes) *out.add_changes() = c;
  out.set_changes_total(changes.total);
  out.set_unchanged(changes.total == 0);
}

template <class Request>
result<SetupResponse> change_record(people_state& s, const located& before, const Request& r,
                                    const caller& who, std::optional<config::v1::Person> to) {
  if (auto good = actors::check_words(who.name(), r.reason()); !good) return good.error();
  const auto now = s.stored.now();
  if (!now) return now.error();
  if (auto said = actors::check_demanded((*now)->settings.general(), r.reason()); !said)
    return said.error();
  const auto done =
      s.backend.change_person({partition_id{r.partition()}, person_id{r.id()}, r.revision(),
                               std::move(to), who.name(), r.reason(), who.from()});
  if (!done) return done.error();
  SetupResponse out;
  out.set_revision(actors::revision_of(*done));
  add_changes(r.partition(), before.shown.person(), shown_person(*done).person(), out);
  return out;
}

result<SetupResponse> update(people_state& s, const UpdatePersonRequest& r, const caller& who) {
  if (auto given = check_revision(r.revision()); !given) return given.error();
  const auto before = locate(s, r.partition(), r.id());
  if (!before) return before.error();
  if (!before->key.empty())
    return make_edit(s.backend, partitions::update_person(r.partition(), before->key, r.person()),
                     words_of(r, who), r.partition());
  if (r.person().analyst() || r.person().template_() || r.person().mail_commands())
    return adopt(s, *before, r, who);
  auto checked = check_person(s, r);
  if (!checked || !checked->problems().empty()) return checked;
  return change_record(s, *before, r, who, r.person());
}

result<SetupResponse> remove(people_state& s, const RemovePersonRequest& r, const caller& who) {
  if (auto given = check_revision(r.revision()); !given) return given.error();
  const auto before = locate(s, r.partition(), r.id());
  if (!before) return before.error();
  if (before->key.empty()) return change_record(s, *before, r, who, {});
  return make_edit(s.backend, partitions::remove_person(r.partition(), before->key),
                   words_of(r, who), r.partition());
}

}  // namespace

void register_directory(guarded_server& server, const setup_backend& backend) {
  const auto s = std::make_shared<people_state>(backend);
  server.add<ListPeopleRequest, ListPeopleResponse>(
      service + "List", [s](const auto& r, const caller& who) { return list(*s, r, who); });
  server.add<GetPersonRequest, GetPersonResponse>(
      service + "Get", [s](const auto& r, const caller&) { return get(*s, r); });
  server.add<AddPersonRequest, SetupResponse>(
      service + "Add", [s](const auto& r, const caller& who) { return add(*s, r, who); });
  server.add<UpdatePersonRequest, SetupResponse>(
      service + "Update", [s](const auto& r, const caller& who) { return update(*s, r, who); });
  server.add<RemovePersonRequest, SetupResponse>(
      service + "Remove", [s](const auto& r, const caller& who) { return remove(*s, r, who); });
}

}  // namespace postroom::app
