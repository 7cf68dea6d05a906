#include <optional>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_moment.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"
#include "postroom/admin/v1/audit.pb.h"

/// Who did what, and whether that is all of it.
namespace postroom::app {
namespace {

using admin::v1::ListAuditResponse;
using admin::v1::UnitHead;

/// "old -> new", whichever there is.
std::string change_of(const record::v1::AuditEntry& e) {
  if (e.before().empty()) return e.after();
  return e.before() + " -> " + e.after();
}

void print_entries(terminal& term, const ListAuditResponse& list) {
  table t{{{"WHEN"},
           {"WHO"},
           {"FROM", false, true},
           {"PARTITION"},
           {"WHAT"},
           {"ABOUT", false, true},
           {"CHANGE", false, true},
           {"WHY", false, true}}};
  for (const auto& item : list.items()) {
    const auto& e = item.entry();
    t.add({show_time(e.at()), e.who(), e.from(), e.partition().empty() ? "-" : e.partition(),
           e.what(), e.detail(), change_of(e), e.reason()});
  }
  term.out << (t.empty() ? "nothing was done\n" : t.render(term.width, term.colour));
  if (!list.next_page_token().empty()) term.out << "there are more: --limit N\n";
}

/// "UNIT=SEQUENCE:HASH"; the hash's form is the server's to judge.
std::optional<UnitHead> parse_head(const std::string& text) {
  const auto equals = text.find('=');
  const auto colon = text.find(':', equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || equals == 0 || colon == std::string::npos) return {};
  const auto sequence = to_number(std::string_view{text}.substr(equals + 1, colon - equals - 1));
  if (!sequence) return {};
  UnitHead out;
  out.set_unit(text.substr(0, equals));
  out.set_sequence(*sequence);
  out.set_hash(text.substr(colon + 1));
  return out;
}

void print_verdicts(terminal& term, const admin::v1::VerifyAuditResponse& answer) {
  table t{{{"UNIT"}, {"ENTRIES", true}, {"BEFORE THE CHAIN", true}, {"VERDICT", false, true}}};
  for (const auto& u : answer.units())
    t.add({u.head().unit(), u.head().sequence(), u.before_chain(),
           u.broken().empty() ? cell{"intact", style::good} : cell{u.broken(), style::bad}});
  term.out << t.render(term.width, term.colour);
}

}  // namespace

int run_audit(const invocation& in, terminal& term) {
  admin::v1::ListAuditRequest request;
  request.set_partition(partition_of(in));
  request.set_who(in.get("who"));
  request.set_what(in.get("what"));
  int64_t since = 0, until = 0;
  if (!read_moment(in, term, "since", since) || !read_moment(in, term, "until", until))
    return exit_usage;
  request.set_since(since);
  request.set_until(until);
  const auto list =
      ask_pages<ListAuditResponse>(in, term, "AuditService/List", request,
                                   [](const ListAuditResponse& r) { return r.items_size(); });
  if (!list) return exit_failed;
  if (in.has("json"))
    print_json(term, *list);
  else
    print_entries(term, *list);
  return exit_done;
}

int run_audit_verify(const invocation& in, terminal& term) {
  admin::v1::VerifyAuditRequest request;
  for (const auto& text : in.all("expect")) {
    auto head = parse_head(text);
    if (!head) {
      term.err << "postroom: --expect: \"" << printable(text)
               << "\" is not UNIT=SEQUENCE:HASH; `postroom audit head` prints them\n";
      return exit_usage;
    }
    *request.add_expected() = std::move(*head);
  }
  const auto answer = ask<admin::v1::VerifyAuditResponse>(in, term, "AuditService/Verify", request);
  if (!answer) return exit_failed;
  if (in.has("json"))
    print_json(term, *answer);
  else
    print_verdicts(term, *answer);
  if (answer->intact()) return exit_done;
  term.err << "postroom: the audit is not as it was written; keep a copy of the data directory and "
              "compare it with a backup\n";
  return exit_failed;
}

int run_audit_head(const invocation& in, terminal& term) {
  const auto answer = ask<admin::v1::AuditHeadResponse>(in, term, "AuditService/Head",
                                                        admin::v1::AuditHeadRequest{});
  if (!answer) return exit_failed;
  if (in.has("json")) {
    print_json(term, *answer);
    return exit_done;
  }
  for (const auto& h : answer->heads())
    if (h.sequence() != 0)
      term.out << printable(h.unit()) << "=" << h.sequence() << ":" << printable(h.hash()) << "\n";
  return exit_done;
}

}  // namespace postroom::app
