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

/// A call, a mail's number, or a Message-ID.
bool name_mail(const invocation& in, terminal& term, ExplainRequest& request) {
  const auto& text = in.positional();
  if (mail::read_call_name(text)) return name_by_call(in, term, text, request);
  if (const auto id = read_id(text)) {
    request.set_partition(id->partition);
    request.set_mail(id->id);
    return true;
  }
  if (text.find('@') == std::string::npos || !in.has("partition")) {
    term.err << "postroom: " << printable(text)
             << " names no mail; give a call (IT-000123), a mail (IT/17), or a Message-ID with "
                "--partition\n";
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
