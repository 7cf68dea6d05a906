#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_ids.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "mail/call_name.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

using admin::v1::ExplainRequest;
using admin::v1::ExplainResponse;

/// The mail that a call came of.
bool name_by_call(const invocation& in, terminal& term, const std::string& call,
                  ExplainRequest& request) {
  admin::v1::GetCallRequest wanted;
  wanted.set_call(call);
  const auto found = ask<admin::v1::GetCallResponse>(in, term, "CallsService/Get", wanted);
  if (!found) return false;
  request.set_partition(found->call().partition());
  request.set_mail(found->call().mail());
  return true;
}

/// Where the ledger has it; without --partition in that one which has read the mailbox.
bool name_by_place(const invocation& in, terminal& term, ExplainRequest& request) {
  const auto& text = in.positional();
  request.set_place(text);
  request.set_partition(partition_of(in));
  if (in.has("partition")) return true;
  admin::v1::GetLedgerRequest wanted;
  wanted.set_mailbox(text.substr(0, text.find('/')));
  wanted.set_page_size(1);
  const auto found = ask<admin::v1::GetLedgerResponse>(in, term, "LedgerService/Get", wanted);
  if (found) request.set_partition(found->partition());
  return found.has_value();
}

/// A call, a mail's number, a Message-ID, or a place.
bool name_mail(const invocation& in, terminal& term, ExplainRequest& request) {
  const auto& text = in.positional();
  if (mail::read_call_name(text)) return name_by_call(in, term, text, request);
  const auto id = read_id(text);
  if (id && (!in.has("partition") || id->partition == partition_of(in))) {
    request.set_partition(id->partition);
    request.set_mail(id->id);
    return true;
  }
  const bool is_message_id = text.find('@') != std::string::npos && in.has("partition");
  if (!is_message_id && !text.starts_with('<') && text.find('/') != std::string::npos)
    return name_by_place(in, term, request);
  if (!is_message_id) {
    term.err << "postroom: " << printable(text)
             << " names no mail; give a call (IT-000123), a mail (IT/17), a place "
                "(inbox/1796069462/10), or a Message-ID with --partition\n";
    return false;
  }
  request.set_partition(partition_of(in));
  request.set_message_id(text);
  return true;
}

void print_steps(terminal& term, const ExplainResponse& told) {
  print_heading(term, told.call().empty() ? "The mail" : "The mail of call " + told.call());
  for (const auto& s : told.steps()) {
    term.out << "  " << (s.at() == 0 ? std::string(20, ' ') : show_time(s.at())) << "  "
             << printable(s.sentence()) << "\n";
    if (!s.evidence().empty())
      term.out << std::string(24, ' ') << "because: " << printable(s.evidence()) << "\n";
  }
}

}  // namespace

int run_explain(const invocation& in, terminal& term) {
  ExplainRequest request;
  if (!name_mail(in, term, request)) return exit_failed;
  const auto told = ask<ExplainResponse>(in, term, "LedgerService/Explain", request);
  if (!told) return exit_failed;
  if (in.has("json"))
    print_json(term, *told);
  else
    print_steps(term, *told);
  return exit_done;
}

}  // namespace postroom::app
