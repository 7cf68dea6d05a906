#include "app/admin_email_settings.hpp"

#include <utility>

namespace postroom::app {
namespace {

using namespace admin::v1;
using access::caller;
using shared = std::shared_ptr<email_settings>;

const std::string service = "postroom.admin.v1.EmailSettingsService/";

template <class Kind>
lease_table::key key_of(const std::string& partition, const std::string& name) {
  return {partition, Kind::kind, name};
}

template <class Kind>
typename Kind::item item_of(const email_settings& s, const std::string& partition,
                            const typename Kind::server& server) {
  typename Kind::item out;
  out.set_partition(partition);
  *out.mutable_server() = server;
  out.set_revision(partitions::revision_of(partitions::alone(partition, server)));
  if (const auto held = s.leases.holder(key_of<Kind>(partition, server.name()))) {
    out.set_opened_by(held->holder);
    out.set_opened_until(to_millis(held->until));
  }
  return out;
}

template <class Kind>
result<typename Kind::get_response> get(email_settings& s, const GetServerRequest& r) {
  auto item = find_server<Kind>(s, r.partition(), r.name());
  if (!item) return item.error();
  typename Kind::get_response out;
  *out.mutable_item() = std::move(*item);
  return out;
}

template <class Kind>
result<SetupResponse> add(email_settings& s, const typename Kind::add_request& r,
                          const caller& who) {
  return make_edit(s.backend, partitions::add_item(r.partition(), r.server()), words_of(r, who),
                   r.partition());
}

template <class Kind>
result<SetupResponse> update(email_settings& s, const typename Kind::update_request& r,
                             const caller& who) {
  if (auto given = check_revision(r.revision()); !given) return given.error();
  if (auto free = s.leases.check(key_of<Kind>(r.partition(), r.name()), who.name()); !free)
    return free.error();
  return make_edit(s.backend, partitions::update_item(r.partition(), r.name(), r.server()),
                   words_of(r, who), r.partition());
}

template <class Kind>
result<SetupResponse> remove(email_settings& s, const DeleteServerRequest& r, const caller& who) {
  if (auto given = check_revision(r.revision()); !given) return given.error();
  const auto key = key_of<Kind>(r.partition(), r.name());
  if (auto free = s.leases.check(key, who.name()); !free) return free.error();
  auto out =
      make_edit(s.backend, partitions::remove_item<typename Kind::server>(r.partition(), r.name()),
                words_of(r, who), r.partition());
  if (out && out->problems().empty()) (void)s.leases.close(key, who.name());
  return out;
}

template <class Kind>
void register_kind(guarded_server& server, const shared& s) {
  server.add<ListServersRequest, typename Kind::list_response>(
      service + "List" + Kind::name,
      [s](const auto& r, const caller& who) { return list_servers<Kind>(*s, r, who); });
  server.add<GetServerRequest, typename Kind::get_response>(
      service + "Get" + Kind::name, [s](const auto& r, const caller&) { return get<Kind>(*s, r); });
  server.add<typename Kind::add_request, SetupResponse>(
      service + "Add" + Kind::name,
      [s](const auto& r, const caller& who) { return add<Kind>(*s, r, who); });
  server.add<typename Kind::update_request, SetupResponse>(
      service + "Update" + Kind::name,
      [s](const auto& r, const caller& who) { return update<Kind>(*s, r, who); });
  server.add<DeleteServerRequest, SetupResponse>(
      service + "Delete" + Kind::name,
      [s](const auto& r, const caller& who) { return remove<Kind>(*s, r, who); });
}

result<GetGeneralResponse> get_general(email_settings& s) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  GetGeneralResponse out;
  *out.mutable_general() = (*now)->settings.general();
  out.set_revision(partitions::revision_of(partitions::set_general({}).object((*now)->settings)));
  return out;
}

result<SetupResponse> update_general(email_settings& s, const UpdateGeneralRequest& r,
                                     const caller& who) {
  if (auto given = check_revision(r.revision()); !given) return given.error();
  return make_edit(s.backend, partitions::set_general(r.general()), words_of(r, who), {});
}

}  // namespace

template <class Kind>
result<typename Kind::list_response> list_servers(email_settings& s, const ListServersRequest& r,
                                                  const caller& who) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  if (!r.partition().empty() && !partitions::find_partition((*now)->settings, r.partition()))
    return fail(ec::not_found, "there is no partition " + r.partition() +
                                   "; `postroom servers list` shows the servers of all");
  typename Kind::list_response out;
  for (const auto& p : (*now)->settings.partitions()) {
    if ((!r.partition().empty() && p.id() != r.partition()) || !who.may(SYSTEM_SETUP, p.id()))
      continue;
    for (const auto& server : Kind::of(p)) *out.add_servers() = item_of<Kind>(s, p.id(), server);
  }
  return out;
}

template result<ListIncomingResponse> list_servers<incoming_kind>(email_settings&,
                                                                  const ListServersRequest&,
                                                                  const caller&);
template result<ListOutgoingResponse> list_servers<outgoing_kind>(email_settings&,
                                                                  const ListServersRequest&,
                                                                  const caller&);

template <class Kind>
result<typename Kind::item> find_server(email_settings& s, const std::string& partition,
                                        const std::string& name) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  std::string names;
  if (const auto* p = partitions::find_partition((*now)->settings, partition))
    for (const auto& server : Kind::of(*p)) {
      if (server.name() == name) return item_of<Kind>(s, partition, server);
      if (names.size() < 200) names += (names.empty() ? "" : ", ") + server.name();
    }
  return fail(ec::not_found, "partition " + partition + " has no " +
                                 (Kind::kind == SERVER_KIND_INCOMING ? "incoming" : "outgoing") +
                                 " server " + name +
                                 "; it has: " + (names.empty() ? "none" : names));
}

template result<IncomingItem> find_server<incoming_kind>(email_settings&, const std::string&,
                                                         const std::string&);
template result<OutgoingItem> find_server<outgoing_kind>(email_settings&, const std::string&,
                                                         const std::string&);

void register_email_settings(guarded_server& server, const shared& s) {
  server.add<GetGeneralRequest, GetGeneralResponse>(
      service + "GetGeneral", [s](const auto&, const caller&) { return get_general(*s); });
  server.add<UpdateGeneralRequest, SetupResponse>(
      service + "UpdateGeneral",
      [s](const auto& r, const caller& who) { return update_general(*s, r, who); });
  register_kind<incoming_kind>(server, s);
  register_kind<outgoing_kind>(server, s);
  register_leases(server, s);
  register_discovery(server, s);
}

}  // namespace postroom::app
