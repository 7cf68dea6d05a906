#include "mail/report_facts.hpp"

#include <algorithm>

#include "mail/fields.hpp"
#include "mail/null_path.hpp"

namespace postroom::mail {

namespace {

bool has_any(std::string_view value, std::initializer_list<std::string_view> words) {
  value = value.substr(0, 300);
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) {
    return find_ignoring_case(value, w) != std::string_view::npos;
  });
}

bool is_daemon(std::string_view from) {
  return has_any(from, {"mailer-daemon", "mail delivery s", "mailerdaemon", "mail-daemon",
                        "mail.delivery", "microsoftexchange", "<>"});
}

/// A person may read and write there too.
bool is_postmaster(std::string_view from) {
  return has_any(from, {"postmaster", "system administrator"});
}

/// fml marks all mails of a list; those about a mail that it did not take, by their subject.
bool is_refusal_by_fml(std::string_view server, std::string_view subject) {
  return starts_ignoring_case(trimmed(server), "fml") &&
         has_any(subject, {"not member", "reject mail", "is rejected", "loop alert",
                           "loop back warning", "unix from loop", "fml system error"});
}

}  // namespace

report_facts read_report_facts(std::string_view header) {
  report_facts out;
  std::string_view list_server;
  auto first = [](std::string_view& slot, std::string_view value) {
    if (!slot.data()) slot = value;
  };
  while (auto f = next_field(header)) {
    if (equal_ignoring_case(f->name, "from")) {
      out.by_daemon |= is_daemon(f->value);
      out.by_postmaster |= is_postmaster(f->value);
      out.by_ses |= has_any(f->value, {"sns.amazonaws.com"});
      out.by_machine |= has_any(f->value, {"no-reply@", "noreply@", "bounce@"});
    } else if (equal_ignoring_case(f->name, "return-path")) {
      out.null_path |= is_null_path(f->value);
    } else if (equal_ignoring_case(f->name, "content-type")) {
      out.is_declared |= has_any(f->value, {"delivery-status"});
    } else if (equal_ignoring_case(f->name, "to")) {
      first(out.to, f->value);
    } else if (equal_ignoring_case(f->name, "subject")) {
      first(out.subject, f->value);
    } else if (equal_ignoring_case(f->name, "x-failed-recipients")) {
      first(out.failed, f->value);
    } else if (equal_ignoring_case(f->name, "in-reply-to")) {
      first(out.in_reply_to, f->value);
    } else if (equal_ignoring_case(f->name, "references")) {
      first(out.references, f->value);
    } else if (equal_ignoring_case(f->name, "x-mlserver")) {
      first(list_server, f->value);
    }
  }
  out.by_fml = is_refusal_by_fml(list_server, out.subject);
  out.complains = starts_ignoring_case(trimmed(out.subject), "complaint about message from");
  return out;
}

}  // namespace postroom::mail
