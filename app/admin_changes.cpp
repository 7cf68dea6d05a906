#include "app/admin_changes.hpp"

#include <chrono>

namespace postroom::app {
namespace {

constexpr std::size_t max_reason = 1000;  ///< bytes; it is stored with the entry and shown in lists
constexpr std::size_t max_who = 200;
constexpr int max_mails = 100;
constexpr auto reprocess_limit = std::chrono::seconds{60};

std::string trimmed(const std::string& text) {
  constexpr const char* blanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

result<void> check_text(const std::string& field, const std::string& text, std::size_t most,
                        const std::string& remedy) {
  if (text.empty()) return fail(ec::config_invalid, field + ": is blank; " + remedy);
  if (text.size() > most)
    return fail(ec::config_invalid, field + ": has " + std::to_string(text.size()) +
                                        " bytes; say it in " + std::to_string(most));
  return {};
}

/// What every change names: the partition and who asks.
template <class Request>
result<void> check_common(Request& request) {
  request.set_who(trimmed(request.who()));
  if (request.partition().empty())
    return fail(ec::config_invalid, "partition: is blank; name one, such as IT");
  return check_text("who", request.who(), max_who, "name the person who asks");
}

template <class Request>
result<void> check_reason(Request& request) {
  request.set_reason(trimmed(request.reason()));
  return check_text("reason", request.reason(), max_reason,
                    "say in a few words why (--reason TEXT)");
}

template <class Request>
actors::change_outbox change_of(const Request& request, actors::change_outbox::kind what) {
  actors::change_outbox c;
  c.partition = partition_id{request.partition()};
  c.entry = request.id();
  c.what = what;
  c.who = request.who();
  return c;
}

template <class Response>
result<Response> answer_of(const std::string& partition, result<record::v1::OutboxEntry> entry) {
  if (!entry) return entry.error();
  entry->clear_text();
  entry->clear_html();
  Response out;
  out.set_partition(partition);
  *out.mutable_entry() = std::move(*entry);
  return out;
}

using reprocess_item = admin::v1::ReprocessQuarantineResponse::Item;

void fill(reprocess_item& item, result<actors::mail_reprocessed> done) {
  if (!done) {
    item.set_error(std::string{to_string(done.code())});
    item.set_detail(done.error().detail);
    return;
  }
  *item.mutable_entry() = *done->entry;
  *item.mutable_ledger() = *done->ledger;
}

}  // namespace

result<admin::v1::RetryOutboxResponse> retry_outbox(const admin_backend& backend,
                                                    admin::v1::RetryOutboxRequest request) {
  if (auto ok = check_common(request); !ok) return ok.error();
  return answer_of<admin::v1::RetryOutboxResponse>(
      request.partition(),
      backend.change_outbox(change_of(request, actors::change_outbox::kind::retry)));
}

result<admin::v1::CancelOutboxResponse> cancel_outbox(const admin_backend& backend,
                                                      admin::v1::CancelOutboxRequest request) {
  if (auto ok = check_common(request); !ok) return ok.error();
  if (auto ok = check_reason(request); !ok) return ok.error();
  auto wanted = change_of(request, actors::change_outbox::kind::cancel);
  wanted.reason = request.reason();
  return answer_of<admin::v1::CancelOutboxResponse>(request.partition(),
                                                    backend.change_outbox(wanted));
}

result<admin::v1::DiscardQuarantineResponse> discard_quarantine(
    const admin_backend& backend, admin::v1::DiscardQuarantineRequest request) {
  if (auto ok = check_common(request); !ok) return ok.error();
  if (auto ok = check_reason(request); !ok) return ok.error();
  auto entry = backend.discard({partition_id{request.partition()}, mail_id{request.mail()},
                                request.who(), request.reason()});
  if (!entry) return entry.error();
  admin::v1::DiscardQuarantineResponse out;
  out.set_partition(request.partition());
  *out.mutable_entry() = std::move(*entry);
  return out;
}

result<admin::v1::ReprocessQuarantineResponse> reprocess_quarantine(
    const admin_backend& backend, admin::v1::ReprocessQuarantineRequest request) {
  if (auto ok = check_common(request); !ok) return ok.error();
  if (auto ok = check_reason(request); !ok) return ok.error();
  if (request.mails().empty() || request.mails_size() > max_mails)
    return fail(ec::config_invalid, "mails: are " + std::to_string(request.mails_size()) +
                                        "; name 1 to " + std::to_string(max_mails));
  const auto until = std::chrono::steady_clock::now() + reprocess_limit;
  admin::v1::ReprocessQuarantineResponse out;
  out.set_partition(request.partition());
  for (const auto mail : request.mails()) {
    auto& item = *out.add_items();
    item.set_mail(mail);
    if (std::chrono::steady_clock::now() >= until)
      fill(item, fail(ec::timeout, "not tried yet, as others took long; ask again"));
    else
      fill(item, backend.reprocess({partition_id{request.partition()}, mail_id{mail}, request.who(),
                                    request.reason()}));
  }
  return out;
}

}  // namespace postroom::app
