#include "app/admin_reads.hpp"

#include <algorithm>

#include "actors/stored_mail.hpp"
#include "app/admin_find.hpp"
#include "app/call_find.hpp"
#include "app/folded_text.hpp"
#include "app/words.hpp"
#include "base/digest.hpp"

namespace postroom::app {
namespace {

namespace keys = storage::keys;
constexpr std::size_t max_page_bytes = 8u << 20;
constexpr int max_reads_of_state = 5;
constexpr std::size_t max_updates = 200;

struct found_mailbox {
  open_unit unit;
  record::v1::MailboxState state;
};

result<found_mailbox> find_mailbox(const open_units& units, const std::string& mailbox) {
  std::optional<found_mailbox> best;
  const auto key = keys::mailbox(mailbox_id{mailbox});
  for (auto& unit : units()) {
    auto state =
        read_record<record::v1::MailboxState>(*unit.store, key, "the state of mailbox " + mailbox);
    if (!state) return state.error();
    if (*state && (!best || (*state)->started_at() > best->state.started_at()))
      best = found_mailbox{unit, std::move(**state)};
  }
  if (best) return *best;
  return fail(ec::not_found, "no open partition has seen a mailbox named \"" + mailbox +
                                 "\"; `postroom status` lists the mailboxes");
}

uint64_t sum(const record::v1::MailboxState& state) {
  uint64_t all = 0;
  for (const auto& [name, n] : state.outcomes()) all += n;
  return all;
}

/// Walks the ledger between two equal reads of the counters, so that both are of one moment unless
/// mails pour in.
result<void> count_entries(found_mailbox& box, admin::v1::GetLedgerResponse& out) {
  const mailbox_id id{box.state.mailbox()};
  for (int i = 0; i < max_reads_of_state; ++i) {
    uint64_t n = 0;
    auto walked = box.unit.store->scan(
        keys::ledger_of(id), [&](std::string_view, std::string_view) { return ++n != 0; });
    if (!walked) return walked;
    out.set_entries_total(n);
    auto again = read_record<record::v1::MailboxState>(*box.unit.store, keys::mailbox(id),
                                                       "the state of a mailbox");
    if (!again) return again.error();
    const bool same = *again && sum(**again) == sum(box.state);
    if (*again) box.state = std::move(**again);
    if (same) return {};
  }
  return {};
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The token of a ledger page is the last key on it, in hexadecimal.
result<std::string> key_of_token(const std::string& token, const storage::key_range& range) {
  std::string key;
  for (std::size_t i = 0; i + 1 < token.size(); i += 2) {
    const int high = nibble(token[i]);
    const int low = nibble(token[i + 1]);
    if (high < 0 || low < 0) break;
    key += static_cast<char>(high << 4 | low);
  }
  if (key.size() * 2 == token.size() && key >= range.first && key < range.last) return key;
  return fail(ec::config_invalid, "page_token is none this server gave; start again without it");
}

result<void> read_entries(const found_mailbox& box, const admin::v1::GetLedgerRequest& request,
                          admin::v1::GetLedgerResponse& out) {
  auto range = keys::ledger_of(mailbox_id{box.state.mailbox()});
  if (!request.page_token().empty()) {
    auto last = key_of_token(request.page_token(), range);
    if (!last) return last.error();
    range.last = std::move(*last);
  }
  const int size = static_cast<int>(
      request.page_size() == 0 ? default_page_size : std::min(request.page_size(), max_page_size));
  std::string last_key;
  std::size_t bytes = 0;
  return box.unit.store->scan(
      range,
      [&](std::string_view key, std::string_view value) {
        if (out.entries_size() >= size || bytes >= max_page_bytes) {
          out.set_next_page_token(to_hex(last_key));
          return false;
        }
        if (!out.add_entries()->ParseFromArray(value.data(), static_cast<int>(value.size()))) {
          out.mutable_entries()->RemoveLast();
          report_unreadable({box.unit.part, 0, {}});
        }
        bytes += value.size();
        last_key = key;
        return true;
      },
      true);
}

}  // namespace

result<admin::v1::GetCallResponse> get_call(const open_units& units,
                                            const admin::v1::GetCallRequest& request) {
  auto found = find_call(units, request.call());
  if (!found) return found.error();
  admin::v1::GetCallResponse out;
  auto mails = mails_of_call(found->unit, call_number{found->call.number()});
  if (!mails) return mails.error();
  for (auto& mail : *mails) *out.add_mails_sent() = std::move(mail);
  auto updates = updates_of_call(found->unit, call_number{found->call.number()}, max_updates);
  if (!updates) return updates.error();
  for (auto& update : updates->updates) *out.add_updates() = std::move(update);
  *out.mutable_call() = std::move(found->call);
  if (!request.full()) fold_texts(out);
  return out;
}

result<admin::v1::GetRawResponse> get_raw(const open_units& units,
                                          const admin::v1::GetRawRequest& request,
                                          const access::caller& who) {
  const auto unit = find_unit(units, request.partition());
  if (!unit) return unit.error();
  const auto mail = find_mail(*unit, mail_id{request.mail()}, who);
  if (!mail) return mail.error();
  const auto raw = actors::read_raw(*unit->store, *mail, "mail " + std::to_string(request.mail()));
  if (!raw) return raw.error();
  admin::v1::GetRawResponse out;
  out.set_raw(**raw);
  return out;
}

result<admin::v1::GetHtmlResponse> get_html(const open_units& units,
                                            const admin::v1::GetHtmlRequest& request,
                                            const access::caller& who) {
  const auto unit = find_unit(units, request.partition());
  if (!unit) return unit.error();
  const mail_id mail{request.mail()};
  if (const auto found = find_mail(*unit, mail, who); !found) return found.error();
  auto html = unit->store->get(keys::safe_html(mail));
  if (!html) return html.error();
  if (!*html)
    return fail(ec::not_found, "mail " + unit->part.value + "/" + std::to_string(mail.value) +
                                   " has no HTML; read its text, or the mail as it came");
  admin::v1::GetHtmlResponse out;
  out.set_html(std::move(**html));
  return out;
}

result<admin::v1::GetLedgerResponse> get_ledger(const open_units& units,
                                                const admin::v1::GetLedgerRequest& request) {
  auto box = find_mailbox(units, request.mailbox());
  if (!box) return box.error();
  admin::v1::GetLedgerResponse out;
  out.set_partition(box->unit.part.value);
  if (request.page_token().empty())
    if (auto r = count_entries(*box, out); !r) return r.error();
  if (auto r = read_entries(*box, request, out); !r) return r.error();
  *out.mutable_state() = std::move(box->state);
  return out;
}

}  // namespace postroom::app
