#include "app/admin_changes.hpp"

#include "actors/words.hpp"

namespace postroom::app {
namespace {

std::string trimmed(const std::string& text) {
  constexpr const char* blanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// What every change names: the partition and who asks.
template <class Request>
result<void> check_common(Request& request) {
  request.set_who(trimmed(request.who()));
  if (request.partition().empty())
    return fail(ec::config_invalid, "partition: is blank; name one, such as IT");
  if (request.who().empty())
    return fail(ec::config_invalid, "who: is blank; name the person who asks");
  return actors::check_words(request.who(), {});
}

template <class Request>
result<void> check_reason(Request& request) {
  request.set_reason(trimmed(request.reason()));
  if (request.reason().empty())
    return fail(ec::config_invalid, "reason: is blank; say in a few words why (--reason TEXT)");
  return actors::check_words({}, request.reason());
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

}  // namespace postroom::app
