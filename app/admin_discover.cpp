#include <utility>

#include "app/admin_email_settings.hpp"
#include "channels/discovery.hpp"
#include "partitions/model.hpp"

/// `EmailSettingsService/Discover`: offers of servers, which somebody may add or not.
namespace postroom::app {
namespace {

using namespace admin::v1;
using access::caller;
using channels::mail_protocol;
using channels::server_offer;

/// With the domain in ASCII, as the DNS and servers have it; what is before the @ stays as it is.
std::string with_ascii_domain(const std::string& address) {
  const auto at = address.rfind('@');
  if (at == std::string::npos) return address;
  const auto folded = partitions::fold_address("x" + address.substr(at));
  return folded.starts_with("x@") ? address.substr(0, at) + folded.substr(1) : address;
}

const char* name_of(mail_protocol p) {
  switch (p) {
    case mail_protocol::graph:
      return "GRAPH";
    case mail_protocol::imap:
      return "IMAP";
    case mail_protocol::pop3:
      return "POP3";
    case mail_protocol::smtp:
      return "SMTP";
  }
  return "";
}

/// What both kinds of servers have.
template <class Server>
void fill(Server& draft, const server_offer& offer, const std::string& address) {
  draft.set_protocol(name_of(offer.protocol));
  if (offer.protocol == mail_protocol::graph) {
    draft.set_user(address);
    return;
  }
  draft.set_host(offer.host);
  draft.set_port(offer.port);
  draft.set_security(offer.security == channels::security::tls ? "TLS" : "STARTTLS");
  draft.set_login(offer.login);
}

ServerOffer shown(const server_offer& offer, const std::string& address) {
  ServerOffer out;
  if (offer.incoming) {
    fill(*out.mutable_incoming(), offer, address);
  } else {
    fill(*out.mutable_outgoing(), offer, address);
    out.mutable_outgoing()->set_from(address);
  }
  out.set_source(offer.source);
  out.set_note(offer.note);
  return out;
}

result<DiscoverResponse> discover(email_settings& s, const DiscoverRequest& r, const caller&) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  if (!r.partition().empty() && !partitions::find_partition((*now)->settings, r.partition()))
    return fail(ec::not_found, "there is no partition " + r.partition() +
                                   "; `postroom partitions list` shows those there are");
  const auto stay = s.backend.gate->enter(r.partition());
  if (!stay) return stay.error();
  const auto address = with_ascii_domain(r.address());
  const auto dns = s.backend.dns();
  const auto found = channels::discover(address, *dns);
  if (!found) return found.error();
  DiscoverResponse out;
  for (const auto& offer : found->offers) *out.add_offers() = shown(offer, address);
  for (const auto& note : found->notes) out.add_notes(note);
  return out;
}

}  // namespace

void register_discovery(guarded_server& server, const std::shared_ptr<email_settings>& s) {
  server.add<DiscoverRequest, DiscoverResponse>(
      "postroom.admin.v1.EmailSettingsService/Discover",
      [s](const DiscoverRequest& r, const caller& who) { return discover(*s, r, who); });
}

}  // namespace postroom::app
