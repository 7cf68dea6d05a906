#include <utility>

#include "actors/words.hpp"
#include "app/admin_email_settings.hpp"
#include "base/log.hpp"

namespace postroom::app {
namespace {

using namespace admin::v1;
using access::caller;

result<void> check_kind(ServerKind kind) {
  if (kind == SERVER_KIND_INCOMING || kind == SERVER_KIND_OUTGOING) return {};
  return fail(ec::config_invalid,
              "kind: it is missing; use SERVER_KIND_INCOMING or SERVER_KIND_OUTGOING");
}

/// Whoever had it open may ask afterwards who took it, and why.
result<void> note_taken_over(const email_settings& s, const OpenServerRequest& r, const caller& who,
                             const std::string& from) {
  record::v1::AuditEntry entry;
  entry.set_at(to_millis(s.backend.clock()));
  entry.set_who(who.name());
  entry.set_from(who.from());
  entry.set_partition(r.partition());
  entry.set_what("server taken over");
  entry.set_detail(std::string{r.kind() == SERVER_KIND_INCOMING ? "incoming" : "outgoing"} +
                   " server " + r.name());
  entry.set_reason(r.reason());
  entry.set_before("opened by " + from);
  entry.set_after("opened by " + who.name());
  if (auto noted = s.backend.audit(std::move(entry)); !noted) return noted;
  log::info("lease_taken_over", {{"partition", r.partition()},
                                 {"server", r.name()},
                                 {"who", who.name()},
                                 {"from", from},
                                 {"reason", r.reason()}});
  return {};
}

/// From whom the lease may be taken; blank: from nobody.
std::string taken_from(const OpenServerRequest& r, const caller& who,
                       const std::optional<lease_table::lease>& held) {
  if (!r.take_over() || !held || held->holder == who.name()) return {};
  return r.opened_by().empty() ? held->holder : r.opened_by();
}

/// Takes the lease of a server that is there; gives the server as it is then.
template <class Kind>
result<typename Kind::item> lease_server(email_settings& s, const OpenServerRequest& r,
                                         const caller& who, std::string& from) {
  if (auto found = find_server<Kind>(s, r.partition(), r.name()); !found) return found.error();
  const lease_table::key key{r.partition(), r.kind(), r.name()};
  const auto before = s.leases.holder(key);
  from = taken_from(r, who, before);
  if (auto held = s.leases.open(key, who.name(), from); !held) return held.error();
  if (!from.empty())
    if (auto noted = note_taken_over(s, r, who, from); !noted) {
      s.leases.put_back(key, who.name(), *before);
      return noted.error();
    }
  return find_server<Kind>(s, r.partition(), r.name());
}

result<OpenServerResponse> open(email_settings& s, const OpenServerRequest& r, const caller& who) {
  if (auto good = check_kind(r.kind()); !good) return good.error();
  if (r.take_over() && actors::is_blank(r.reason()))
    return fail(ec::config_invalid,
                "reason: it is blank; say why the server is taken from whoever has it open");
  if (auto good = actors::check_words(who.name(), r.reason()); !good) return good.error();
  OpenServerResponse out;
  if (r.kind() == SERVER_KIND_INCOMING) {
    auto item = lease_server<incoming_kind>(s, r, who, *out.mutable_taken_from());
    if (!item) return item.error();
    *out.mutable_incoming() = std::move(*item);
  } else {
    auto item = lease_server<outgoing_kind>(s, r, who, *out.mutable_taken_from());
    if (!item) return item.error();
    *out.mutable_outgoing() = std::move(*item);
  }
  return out;
}

result<CloseServerResponse> close(email_settings& s, const CloseServerRequest& r,
                                  const caller& who) {
  if (auto good = check_kind(r.kind()); !good) return good.error();
  if (auto closed = s.leases.close({r.partition(), r.kind(), r.name()}, who.name()); !closed)
    return closed.error();
  return CloseServerResponse{};
}

}  // namespace

void register_leases(guarded_server& server, const std::shared_ptr<email_settings>& s) {
  server.add<OpenServerRequest, OpenServerResponse>(
      "postroom.admin.v1.EmailSettingsService/Open",
      [s](const auto& r, const caller& who) { return open(*s, r, who); });
  server.add<CloseServerRequest, CloseServerResponse>(
      "postroom.admin.v1.EmailSettingsService/Close",
      [s](const auto& r, const caller& who) { return close(*s, r, who); });
}

}  // namespace postroom::app
