#include <algorithm>
#include <unordered_map>

#include "partitions/checks.hpp"
#include "partitions/mailbox_place.hpp"
#include "partitions/model.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

using config::v1::IncomingServer;
using config::v1::OutgoingServer;

std::string upper(std::string_view s) {
  std::string u(s);
  std::ranges::transform(u, u.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return u;
}

void check_protocol(findings& f, const std::string& path, const std::string& protocol,
                    const std::vector<std::string>& known) {
  std::string either = known.front();
  for (std::size_t i = 1; i < known.size(); ++i)
    either += (i + 1 == known.size() ? " or " : ", ") + known[i];
  const std::string asked = upper(protocol);
  if (protocol.empty()) {
    f.add(path, "is missing", "use " + either);
  } else if (asked == "MAPI") {
    f.add(path, "MAPI is not supported any more: it ended with ASM 10.5",
          "use " + either + " instead; Exchange servers offer it too");
  } else if (asked == "MS GRAPH" || asked == "MSGRAPH") {
    f.add(path, show(protocol) + " is unknown", "write it as GRAPH");
  } else {
    check_word(f, path, protocol, known);
  }
}

void check_server_name(findings& f, const std::string& path, const std::string& name,
                       std::map<std::string, std::string>& seen) {
  check_name(f, path, name);
  const auto [first, fresh] = seen.emplace(name, f.partition());
  if (!fresh && !name.empty()) {
    f.add_across(first->second, path,
                 show(name) + " is the name of another server of partition " + first->second,
                 "rename one: names of servers are unique on the whole system");
  }
}

/// What the servers of a partition refer to; made once, as a partition may have thousands of them.
struct referable {
  explicit referable(const config::v1::Partition& p)
      : templates(make_named_list("templates", p.templates())) {
    for (const auto& person : p.people()) {
      for (const auto& address : person.addresses()) {
        people.emplace(fold_address(address), &person);
      }
    }
  }
  name_list templates;
  std::unordered_map<std::string, const config::v1::Person*> people;
};

void check_default_analyst(findings& f, const std::string& path, const std::string& address,
                           const referable& known) {
  if (address.empty()) return;
  const std::string remedy =
      "give the address of an active analyst of this partition, or leave it out: then the sender "
      "logs the call";
  const auto found = known.people.find(fold_address(address));
  if (found == known.people.end()) {
    f.add(path, show(address) + " is nobody's address in this partition", remedy);
  } else if (found->second->template_()) {
    f.add(path, show(address) + " belongs to a template person, who may not log calls", remedy);
  } else if (!found->second->analyst()) {
    f.add(path, show(address) + " belongs to a user who is no analyst", remedy);
  } else if (!is_active(*found->second)) {
    f.add(path, show(address) + " belongs to an analyst who is not active", remedy);
  }
}

bool is_pop3(const IncomingServer& s) {
  return same_word(s.protocol(), "POP3");
}

/// The account that a server reads.
std::string account_of(const IncomingServer& s, const std::string& partition) {
  const auto place = place_of(s);
  auto alone = "\n" + place.account() + "\n";
  // A shared mailbox is one whatever service shows it; a client is its partition's.
  if (is_web(s) && !s.user().empty()) return alone;
  if (is_web(s) && !s.oauth().empty()) return partition + alone;
  // There the login is the mailbox's address, whatever is spoken.
  return is_exchange_online(place.service()) ? alone : place.service() + tunnel_port(s) + alone;
}

void check_after_commit(findings& f, const std::string& path, const IncomingServer& s) {
  const std::string at = path + ".after_commit";
  const auto& action = s.after_commit();
  const bool moves = same_word(action, "move");
  if (is_pop3(s) && (moves || same_word(action, "mark_seen"))) {
    f.add(at, "POP3 cannot do " + show(action), "use leave or delete; or IMAP");
  } else {
    check_word(f, at, action, {"leave", "mark_seen", "move", "delete"});
  }
  if (moves && s.move_to().empty()) {
    f.add(path + ".move_to", "is missing, although mails shall move", "name the folder");
  } else if (moves && fold_folder(s, s.move_to()) == place_of(s).folder()) {
    f.add(path + ".move_to", show(s.move_to()) + " is the folder the mails come from",
          "name another folder");
  } else if (!moves && !s.move_to().empty()) {
    f.add(path + ".move_to", "is given, but mails do not move",
          "set `after_commit: move` or remove it");
  }
  check_one_line(f, path + ".move_to", s.move_to());
}

void check_start_from(findings& f, const std::string& path, const IncomingServer& s) {
  if (s.start_from().empty()) return;
  const auto start = parse_start_from(s.start_from());
  if (!start) {
    f.add(path, show(s.start_from()) + " is no valid value", start.error().detail);
  }
}

void check_limits(findings& f, const std::string& path, const IncomingServer& s) {
  check_duration(f, path + ".poll_interval", s.poll_interval(), "1s", "24h");
  check_size(f, path + ".max_mail_size", s.max_mail_size(), "1KiB", "1GiB");
  if (s.window_count() > 10'000) {
    f.add(path + ".window_count", std::to_string(s.window_count()) + " is out of range",
          "use a value from 1 to 10000, or leave it out for 512");
  }
  check_size(f, path + ".window_size", s.window_size(), "64KiB", "1GiB");
}

/// Two servers that read one mailbox would race for each mail.
void check_mailbox(findings& f, const std::string& path, const IncomingServer& s,
                   seen_on_system& seen) {
  if (is_pop3(s) && fold_folder(s, s.mailbox()) != "INBOX" && !s.mailbox().empty()) {
    f.add(path + ".mailbox", "POP3 knows no folder but INBOX", "remove it; or use IMAP");
  }
  check_one_line(f, path + ".mailbox", s.mailbox());
  const bool named = !s.user().empty() || !s.oauth().empty() || !s.login().empty();
  const bool placed = !s.host().empty() || !s.url().empty() || same_word(s.protocol(), "GRAPH");
  if (!is_active(s) || !named || !placed) return;
  const std::string account = account_of(s, f.partition()), folder = place_of(s).folder();
  const auto [first, fresh] =
      seen.mailboxes.emplace(account + folder, std::pair{s.name(), f.partition()});
  if (!fresh) {
    const auto& [name, partition] = first->second;
    f.add_across(
        partition, path,
        "reads the same mailbox as the server " + show(name) + " of partition " + partition,
        "remove one of the two or switch it off: each mail would come in twice");
  }
  if (!is_pop3(s) && same_word(s.after_commit(), "move") && fold_folder(s, s.move_to()) != folder) {
    seen.moves.push_back(
        {f.partition(), path + ".move_to", s.move_to(), account + fold_folder(s, s.move_to())});
  }
}

/// Refused at once here, lest it look like a wrong password for ever.
void check_exchange_online(findings& f, const std::string& path, const IncomingServer& s) {
  const auto needs_no_password = [](const std::string& method) {
    return same_word(method, "NONE") || same_word(method, "XOAUTH2") ||
           same_word(method, "OAUTHBEARER");  // these have a problem of their own without `oauth`
  };
  const bool mail_protocol = is_pop3(s) || same_word(s.protocol(), "IMAP");
  if (!mail_protocol || !is_active(s) || s.login().empty() || !s.oauth().empty() ||
      !is_exchange_online(s.host()) || std::ranges::any_of(s.auth_methods(), needs_no_password)) {
    return;
  }
  f.add(path + ".host",
        show(s.host()) + " is Exchange Online, which takes no password but OAuth 2.0 only",
        "add a client to oauth_clients and name it in `oauth`, or set `active: false`");
}

void check_incoming_server(findings& f, const std::string& path, const IncomingServer& s,
                           const config::v1::Partition& p, const referable& known,
                           seen_on_system& seen) {
  check_server_name(f, path + ".name", s.name(), seen.incoming);
  check_protocol(f, path + ".protocol", s.protocol(), {"IMAP", "POP3", "GRAPH", "EWS"});
  check_connection(f, path, s, p);
  check_exchange_online(f, path, s);
  check_mailbox(f, path, s, seen);
  check_reference(f, path + ".call_template", s.call_template(), known.templates);
  check_default_analyst(f, path + ".default_logging_analyst", s.default_logging_analyst(), known);
  check_start_from(f, path + ".start_from", s);
  check_after_commit(f, path, s);
  check_limits(f, path, s);
  check_trust(f, path, s);
}

void check_outgoing_server(findings& f, const std::string& path, const OutgoingServer& s,
                           const config::v1::Partition& p, seen_on_system& seen) {
  check_server_name(f, path + ".name", s.name(), seen.outgoing);
  check_protocol(f, path + ".protocol", s.protocol(), {"SMTP", "GRAPH", "POP"});
  check_connection(f, path, s, p);
  check_address(f, path + ".from", s.from());
  check_one_line(f, path + ".from_name", s.from_name());
  if (!s.reply_to().empty()) check_address(f, path + ".reply_to", s.reply_to());
  check_duration(f, path + ".give_up_after", s.give_up_after(), "1m", "30d");
  // Graph allows four requests at a time to a mailbox.
  const unsigned most = same_word(s.protocol(), "GRAPH") ? 4 : 100;
  if (s.max_connections() > most) {
    f.add(path + ".max_connections", std::to_string(s.max_connections()) + " is out of range",
          "use a value from 1 to " + std::to_string(most) + ", or leave it out for 4");
  }
}

}  // namespace

void check_incoming(findings& f, const config::v1::Partition& p, seen_on_system& seen) {
  const referable known(p);
  for (int i = 0; i < p.incoming_size(); ++i) {
    check_incoming_server(f, indexed("incoming", i), p.incoming(i), p, known, seen);
  }
}

void check_outgoing(findings& f, const config::v1::Partition& p, seen_on_system& seen) {
  const OutgoingServer* first_active = nullptr;
  for (int i = 0; i < p.outgoing_size(); ++i) {
    const auto& s = p.outgoing(i);
    check_outgoing_server(f, indexed("outgoing", i), s, p, seen);
    if (!is_active(s)) continue;
    if (first_active != nullptr) {
      f.add(indexed("outgoing", i) + ".active",
            show(s.name()) + " is active, as " + show(first_active->name()) + " is",
            "set `active: false` for all but one: a partition sends through one server");
    }
    first_active = first_active == nullptr ? &s : first_active;
  }
}

void check_moves(const seen_on_system& seen, std::vector<problem>& out) {
  for (const auto& m : seen.moves) {
    const auto reader = seen.mailboxes.find(m.mailbox);
    if (reader == seen.mailboxes.end()) continue;
    const auto& [name, partition] = reader->second;
    findings f(m.partition, out);
    f.add_across(partition, m.path,
                 show(m.folder) + " is read by the server " + show(name) + " of partition " +
                     partition + ": each mail would come in again",
                 "name a folder that nobody reads");
  }
}

}  // namespace postroom::partitions
