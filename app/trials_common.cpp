#include "app/trials_common.hpp"

#include <algorithm>
#include <map>

#include "app/admin_find.hpp"
#include "base/log.hpp"

namespace postroom::app {

namespace {

template <class Servers>
auto find_by_name(const Servers& servers, const std::string& name) {
  const auto it =
      std::find_if(servers.begin(), servers.end(), [&](const auto& s) { return s.name() == name; });
  return it == servers.end() ? nullptr : &*it;
}

const std::map<std::string, std::string>& remedies() {
  static const std::map<std::string, std::string> table{
      {"dns", "check the host name, and that this machine can resolve names"},
      {"connect", "check host, port and the firewalls between; is the server running?"},
      {"tls",
       "check security and port (TLS and STARTTLS have ports of their own), the server's "
       "certificate, its host name and ca_file"},
      {"sign_in", "check login, password and auth_methods; the account may need an app password"},
      {"sender", "check `from`: the server must let this login send with it"},
      {"recipient", "check the address; a server may relay only for who signs in"},
      {"data", "see the server's answer: size limits and content filters speak here"},
      {"folder", "check `mailbox`; create the folder on the server"},
      {"list", "look into the transcript; the server did not list the mailbox"},
      {"fetch", "look into the transcript; the server did not give the mail out"},
      {"parse", "look at the mail's source; it would be put into the quarantine"},
      {"seen",
       "look where the mail went: `postroom ledger --mailbox NAME` and the mailbox's junk "
       "folder; is the address delivered into this mailbox?"}};
  return table;
}

}  // namespace

bool is_limited(const access::caller& who) {
  return !who.may_everywhere(admin::v1::SYSTEM_SETUP);
}

result<open_unit> own_unit(const trials_backend& backend, const std::string& partition,
                           const access::caller& who) {
  return find_unit(visible(backend.units, who, {admin::v1::SYSTEM_SETUP}), partition);
}

result<saved_partition> find_partition(const trials_backend& backend, const std::string& id) {
  auto document = backend.settings();
  if (!document) return document.error();
  for (const auto& p : document->settings.partitions())
    if (p.id() == id) return saved_partition{document->settings, p, document->version};
  return fail(ec::not_found, "there is no partition " + id);
}

const config::v1::IncomingServer* find_incoming(const config::v1::Partition& p,
                                                const std::string& name) {
  return find_by_name(p.incoming(), name);
}
const config::v1::OutgoingServer* find_outgoing(const config::v1::Partition& p,
                                                const std::string& name) {
  return find_by_name(p.outgoing(), name);
}

admin::v1::Problem to_problem(const partitions::problem& found) {
  admin::v1::Problem out;
  out.set_partition(found.partition);
  out.set_path(found.path);
  out.set_problem(found.what);
  out.set_remedy(found.remedy);
  return out;
}

std::vector<admin::v1::Problem> problems_of(const config::v1::Partition& draft,
                                            config::v1::Settings saved, const access::caller& who) {
  if (is_limited(who)) saved.clear_partitions();
  bool replaced = false;
  for (auto& p : *saved.mutable_partitions())
    if (p.id() == draft.id()) {
      p = draft;
      replaced = true;
    }
  if (!replaced) *saved.add_partitions() = draft;
  std::vector<admin::v1::Problem> out;
  for (const auto& found : partitions::validate(saved))
    if (found.partition == draft.id()) out.push_back(to_problem(found));
  return out;
}

/// No server was asked yet.
static bool is_oauth(ec code) {
  return code >= ec::oauth_not_authorized && code <= ec::oauth_token_revoked;
}

std::string step_of(ec code, channels::transcript::step reached) {
  using enum channels::transcript::step;
  if (code == ec::dns_failed) return "dns";
  if (code == ec::unreachable) return reached == tls ? "tls" : "connect";
  if (code == ec::tls_failed) return "tls";
  if ((code == ec::auth_refused || is_oauth(code)) && reached <= session) return "sign_in";
  if (code == ec::mailbox_missing) return "folder";
  switch (reached) {
    case dns:
      return "dns";
    case connect:
      return "connect";
    case tls:
      return "tls";
    case sign_in:
    case session:
      return "sign_in";
    case sender:
      return "sender";
    case recipient:
      return "recipient";
    case data:
      return "data";
  }
  return "connect";
}

admin::v1::FailedStep failed_step(const std::string& step, ec code, const std::string& detail) {
  admin::v1::FailedStep out;
  out.set_step(step);
  out.set_error(std::string{to_string(code)});
  out.set_detail(detail);
  const auto found = is_oauth(code) ? remedies().end() : remedies().find(step);
  out.set_remedy(found == remedies().end() ? std::string{describe(code).remedy} : found->second);
  return out;
}

void add_transcript(const channels::transcript& heard,
                    google::protobuf::RepeatedPtrField<admin::v1::TranscriptLine>& out) {
  using enum channels::transcript::side;
  for (auto& line : heard.lines()) {
    auto& to = *out.Add();
    to.set_who(line.who == client ? "client" : line.who == server ? "server" : "note");
    to.set_text(std::move(line.text));
  }
}

void note_trial(const std::string& what, const std::string& partition, const std::string& host,
                const access::caller& who) {
  log::info("server_tried", {{"what", what},
                             {"partition", partition},
                             {"host", host},
                             {"who", who.name()},
                             {"from", who.from()}});
}

uint64_t took_ms(std::chrono::steady_clock::time_point since) {
  const auto took = std::chrono::steady_clock::now() - since;
  return static_cast<uint64_t>(std::chrono::floor<std::chrono::milliseconds>(took).count());
}

result<std::optional<record::v1::LedgerEntry>> ledger_of(const storage::unit_store& store,
                                                         const record::v1::MailKey& key) {
  return read_record<record::v1::LedgerEntry>(store, storage::keys::ledger(key), "a ledger entry");
}

}  // namespace postroom::app
