#include "actors/poller_plan.hpp"

#include <exception>

#include "actors/ingest.hpp"
#include "base/digest.hpp"
#include "base/inject.hpp"
#include "base/log.hpp"
#include "partitions/routing.hpp"
#include "storage/keys.hpp"

namespace postroom::actors::plan {
namespace keys = storage::keys;

namespace {

constexpr std::size_t max_pending_actions = 10'000;
constexpr duration start_grace{5 * 60'000};          // clocks that differ: rather a call too many
constexpr std::size_t max_html = 256u << 10;         // bytes, as of the text
constexpr duration pop3_date_grace{24 * 3'600'000};  // clocks that are wrong, mails that were slow

channels::after_commit action_of(const std::string& name) {
  if (name == "mark_seen") return channels::after_commit::mark_seen;
  if (name == "move") return channels::after_commit::move;
  if (name == "delete") return channels::after_commit::remove;
  return channels::after_commit::leave;
}

addressing addressing_of(const std::string& protocol) {
  if (protocol == "POP3") return addressing::session;
  return protocol == "GRAPH" || protocol == "EWS" ? addressing::position : addressing::uid;
}

mail_item quarantined(mail_item item, std::string reason, std::string detail) {
  item.what = mail_item::kind::quarantine;
  item.reason = std::move(reason);
  item.detail = std::move(detail);
  item.content_hash = sha256{}.update(*item.raw).finish();
  return item;
}

/// A report or an automatic answer speaks of another mail; it is nobody's call.
bool is_notice(const mail::parsed_mail& mail, const item_rules& rules) {
  if (rules.server && rules.server->reports() == "log") return false;
  if (rules.accept && !mail.from.addr.empty()) return false;
  using mail::origin;
  const auto kind = mail.author.kind;
  return mail.about || kind == origin::report || kind == origin::auto_reply ||
         kind == origin::out_of_office;
}

/// The server's settings want a person to look at mails whose sender is proved wrong; reports have
/// none that matters.
bool is_refused(const mail_item& item, const item_rules& rules) {
  return !item.parsed->about && item.trust.kind == mail::trust::unaligned && !rules.accept &&
         rules.server && rules.server->unaligned() == "quarantine";
}

std::string why_without_sender(const mail::parsed_mail& mail) {
  if (mail.local_sender.empty()) return "neither From, Sender nor Return-Path holds an address";
  return "From is \"" + mail.local_sender + "\", an address without a domain";
}

mail_item parse_into(mail_item item, const item_rules& rules) {
  POSTROOM_INJECT("poller.parse");
  mail::parse_limits limits;
  limits.max_html = max_html;
  limits.hidden_files = !rules.model || rules.model->routing().looks_at_files;
  auto parsed = mail::parse(*item.raw, limits);
  if (!parsed)
    return quarantined(std::move(item), std::string{to_string(parsed.error().code)},
                       parsed.error().detail);
  const auto trust = rules.server ? trust_of(*rules.server) : mail::trust_settings{};
  if (rules.not_before && parsed->date && *parsed->date < *rules.not_before) {
    item.what = mail_item::kind::suppress;
    item.reason = "before_start";
    item.detail = "dated before the configured start";
    item.raw = nullptr;
    return item;
  }
  if (is_notice(*parsed, rules)) {
    item.what = mail_item::kind::notice;
  } else if (parsed->from.addr.empty()) {
    return quarantined(std::move(item), std::string{to_string(ec::mail_without_sender)},
                       why_without_sender(*parsed));
  }
  item.trust = mail::judge_sender(mail::header_of(*item.raw), *parsed, trust);
  item.content_hash = parsed->content_hash;
  item.parsed = std::make_shared<const mail::parsed_mail>(std::move(*parsed));
  if (!is_refused(item, rules)) return item;
  auto evidence = item.trust.evidence;
  return quarantined(std::move(item), "sender_unaligned", std::move(evidence));
}

}  // namespace

settings settings_of(const config::v1::IncomingServer& server) {
  settings out;
  if (!server.protocol().empty()) out.protocol = server.protocol();
  out.place = partitions::place_of(server);
  out.addressing = addressing_of(out.protocol);
  if (auto start = partitions::parse_start_from(server.start_from())) out.start = *start;
  out.action = action_of(server.after_commit());
  out.move_to = server.move_to();
  if (auto interval = partitions::parse_duration(server.poll_interval()))
    out.poll_interval = *interval;
  if (auto size = partitions::parse_size(server.max_mail_size())) out.max_mail_bytes = *size;
  if (server.window_count() != 0) out.window_count = server.window_count();
  if (auto size = partitions::parse_size(server.window_size())) out.window_bytes = *size;
  out.max_messages_per_session = server.max_messages_per_session();
  return out;
}

mail::trust_settings trust_of(const config::v1::IncomingServer& server) {
  mail::trust_settings out;
  for (const auto& id : server.authserv_ids()) out.ids.push_back(id == "-" ? "" : id);
  out.border_hosts.assign(server.border_hosts().begin(), server.border_hosts().end());
  out.below_received = server.results_below_received();
  return out;
}

std::string protocol_of(const record::v1::MailboxState& cursor) {
  if (!cursor.protocol().empty()) return cursor.protocol();
  return cursor.uid_validity() != 0 ? "IMAP" : "POP3";  // from before it was kept
}

change change_since(const settings& s, const record::v1::MailboxState& cursor, uint64_t told) {
  constexpr uint64_t a_time = 1'000'000'000;  // in 2001
  if (protocol_of(cursor) != s.protocol) return change::protocol;
  if (!cursor.has_place()) return change::none;  // from before it was kept
  const auto& before = cursor.place();
  if (before.account() != s.place.account() || before.folder() != s.place.folder())
    return change::mailbox;
  const bool told_apart = told < a_time || validity_of(s, cursor, told) != cursor.uid_validity();
  return before.service() == s.place.service() || !told_apart ? change::none : change::service;
}

uint64_t validity_of(const settings& s, const record::v1::MailboxState& cursor, uint64_t told,
                     bool elsewhere) {
  constexpr unsigned bits = 32;  // RFC 9051 9: nz-number
  const bool by_chance = elsewhere && s.addressing != addressing::position;
  const auto places = (cursor.uid_validity() >> bits) + (by_chance ? 1 : 0);
  return places << bits | (told & ((uint64_t{1} << bits) - 1));
}

int64_t baseline_of(time_point now) {
  return to_millis(now - start_grace);
}

bool before_start(const settings& s, const record::v1::MailboxState& cursor,
                  const channels::listed_mail& mail) {
  if (cursor.started_at() == 0)
    return !mail.internal_date || cursor.baseline_date() == 0 ||
           *mail.internal_date < from_millis(cursor.baseline_date());
  if (s.addressing == addressing::session || !mail.internal_date) return false;
  if (s.start.kind == partitions::start_kind::date) return *mail.internal_date < s.start.date;
  // Where mails have had other names, the old ones may come back under new ones.
  return s.start.kind == partitions::start_kind::now && cursor.earlier_validities_size() > 0 &&
         *mail.internal_date < from_millis(cursor.baseline_date());
}

std::optional<time_point> not_before(const settings& s, const record::v1::MailboxState& cursor) {
  if (s.addressing != addressing::session) return std::nullopt;
  if (s.start.kind == partitions::start_kind::date) return s.start.date;
  // RFC 1939 7 wants UIDLs to last, but a server that was moved may come with all new ones. Those
  // that were there at the start must not become calls then.
  if (s.start.kind == partitions::start_kind::now && cursor.baseline_date() != 0)
    return from_millis(cursor.baseline_date()) - pop3_date_grace;
  return std::nullopt;
}

record::v1::MailKey key_of(const record::v1::MailKey& box, const channels::listed_mail& mail) {
  auto key = box;
  if (mail.uidl.empty())
    key.set_uid(mail.uid);
  else
    key.set_uidl(mail.uidl);
  return key;
}

std::string name_of(const channels::listed_mail& mail) {
  return mail.uidl.empty() ? std::to_string(mail.uid) : mail.uidl;
}

result<std::vector<listed>> filter(const storage::unit_store& store, const record::v1::MailKey& box,
                                   const std::vector<channels::listed_mail>& mails) {
  std::vector<std::string> wanted;
  for (const auto& m : mails) {
    auto key = key_of(box, m);
    wanted.push_back(keys::ledger(key));
    wanted.push_back(keys::pending_action(key));
  }
  auto got = store.multi_get(wanted);
  if (!got) return got.error();
  std::vector<listed> out;
  for (std::size_t i = 0; i < mails.size(); ++i)
    out.push_back({mails[i], (*got)[2 * i].has_value(), (*got)[2 * i + 1].has_value()});
  return out;
}

result<std::vector<channels::listed_mail>> pending_actions(const storage::unit_store& store,
                                                           const record::v1::MailKey& box) {
  std::vector<channels::listed_mail> out;
  auto first = keys::pending_action(box);
  auto scanned = store.scan({first, keys::pending_of(mailbox_id{box.mailbox()}).last},
                            [&](std::string_view key, std::string_view) {
                              auto found = keys::parse_pending(key);
                              if (!found || found->uid_validity() != box.uid_validity())
                                return false;
                              if (found->uid() != 0 || !found->uidl().empty())
                                out.push_back({found->uid(), found->uidl(), 0, std::nullopt});
                              return out.size() < max_pending_actions;
                            });
  if (!scanned) return scanned.error();
  return out;
}

mail_item to_item(const arrival& a, const item_rules& rules) {
  mail_item item;
  item.key = key_of(rules.box, a.mail);
  item.listed = a.mail;
  item.raw = *a.got;
  item.seen_at = rules.now;
  auto key = ingest::render_key(item.key);
  while (rules.notes->failures(key) < 2) {
    try {
      crash_notes::in_hand guard{key};
      return parse_into(item, rules);
    } catch (const std::exception& e) {
      log::error("mail_kills_handler", {{"mail", key}, {"error", e.what()}});
      rules.notes->note(key);
    }
  }
  return quarantined(std::move(item), std::string{to_string(ec::mail_kills_handler)},
                     "reading it failed twice");
}

}  // namespace postroom::actors::plan
