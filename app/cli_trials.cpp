#include "app/cli_trials.hpp"

#include <algorithm>
#include <type_traits>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_files.hpp"
#include "app/cli_setup.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"

namespace postroom::app {

namespace {

constexpr uint32_t longest_seconds = 300;

/// Longer than the server's deadline, which is the one that tells what was under way.
duration patience(const invocation& in) {
  const auto seconds = in.number("deadline", longest_seconds);
  return std::chrono::seconds{std::min<uint64_t>(seconds, longest_seconds) + 30};
}

template <class Request>
void fill_deadline(const invocation& in, Request& request) {
  request.set_deadline_seconds(
      static_cast<uint32_t>(std::min<uint64_t>(in.number("deadline", 0), longest_seconds + 1)));
}

const auto& servers_of(const config::v1::Partition& p, const config::v1::IncomingServer*) {
  return p.incoming();
}
const auto& servers_of(const config::v1::Partition& p, const config::v1::OutgoingServer*) {
  return p.outgoing();
}

/// The server of this name in the files of --file, and its partition; says on `err` when it is not
/// there.
template <class Server, class Request>
bool take_draft(const invocation& in, terminal& term, Request& request) {
  const auto loaded = load_config({in.get("file")});
  for (const auto& p : loaded.problems) term.err << "postroom: " << render_problem(p) << "\n";
  if (!loaded.problems.empty()) return false;
  const auto wanted = partition_of(in);
  for (const auto& d : loaded.documents) {
    if (d.is_general || (!wanted.empty() && d.partition.id() != wanted)) continue;
    for (const auto& s : servers_of(d.partition, static_cast<const Server*>(nullptr)))
      if (s.name() == in.positional()) {
        *request.mutable_server() = s;
        request.set_partition(d.partition.id());
        return true;
      }
  }
  term.err << "postroom: " << printable(in.get("file")) << " holds no such server named \""
           << printable(in.positional()) << "\"\n";
  return false;
}

/// The server that the command names, saved or from a file.
template <class Server, class Request>
bool take_server(const invocation& in, terminal& term, Request& request) {
  fill_deadline(in, request);
  request.set_name(in.positional());
  if (in.has("file")) return take_draft<Server>(in, term, request);
  constexpr bool incoming = std::is_same_v<Server, config::v1::IncomingServer>;
  const auto part = partition_of_server(in, term, incoming, in.positional());
  if (part) request.set_partition(*part);
  return part.has_value();
}

void print_transcript(
    terminal& term,
    const google::protobuf::RepeatedPtrField<admin::v1::TranscriptLine>& transcript) {
  if (transcript.empty()) return;
  print_heading(term, "Dialog");
  for (const auto& line : transcript) {
    const auto* mark = line.who() == "client" ? "  > " : line.who() == "server" ? "  < " : "  * ";
    term.out << mark << printable(line.text()) << "\n";
  }
}

void print_failure(terminal& term, const admin::v1::FailedStep& failed) {
  print_heading(term, "Failed at " + failed.step());
  print_facts(
      term,
      {{"error", failed.error()}, {"detail", failed.detail()}, {"what to do", failed.remedy()}});
}

std::string seconds_of(uint64_t ms) {
  return std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100) + " s";
}

template <class Response>
bool print_problems(terminal& term, const Response& r) {
  for (const auto& p : r.problems()) term.out << render_problem(p) << "\n";
  return !r.problems().empty();
}

void print(terminal& term, const admin::v1::TestOutgoingResponse& r) {
  if (print_problems(term, r)) return;
  table t{{{"TO", false, true}, {"RESULT"}, {"SERVER'S ANSWER", false, true}}};
  for (const auto& to : r.recipients())
    t.add({to.address(),
           to.taken() ? cell{"taken", style::good} : cell{to.failed().step(), style::bad},
           (to.reply_code() ? std::to_string(to.reply_code()) + " " : "") + to.reply()});
  term.out << t.render(term.width, term.colour);
  if (r.has_failed()) print_failure(term, r.failed());
  print_transcript(term, r.transcript());
  term.out << "took " << seconds_of(r.took_ms()) << "\n";
}

void print(terminal& term, const admin::v1::TestIncomingResponse& r) {
  if (print_problems(term, r)) return;
  if (r.has_failed()) print_failure(term, r.failed());
  if (r.found()) {
    print_heading(term, "Mail");
    print_facts(term, {{"sender", r.sender()},
                       {"subject", r.subject()},
                       {"mail", show_key(r.key())},
                       {"size", show_size(r.size())}});
    term.out << "\n" << printable_lines(r.message());
    if (!r.message().ends_with('\n')) term.out << "\n";
    term.out << "\n";
  }
  print_facts(term, {{"status", r.status()},
                     {"in the mailbox", r.ok() ? std::to_string(r.messages()) + " mails" : ""}});
  print_transcript(term, r.transcript());
  term.out << "took " << seconds_of(r.took_ms()) << "\n";
}

void print(terminal& term, const admin::v1::ProbeRoundTripResponse& r) {
  if (r.has_failed()) print_failure(term, r.failed());
  print_facts(term, {{"sent", r.sent_at() ? show_time(r.sent_at()) : ""},
                     {"seen", r.seen_at() ? show_time(r.seen_at()) : ""},
                     {"mailbox", r.key().mailbox()},
                     {"took", r.seen_at() ? seconds_of(r.took_ms()) : ""},
                     {"message id", r.message_id()}});
  if (!r.ok()) print_transcript(term, r.transcript());
}

int end(const admin::v1::ProbeRoundTripResponse& r) {
  return r.ok() ? exit_done : exit_failed;
}
/// Of a test, which tries no draft with problems.
template <class Response>
int end(const Response& r) {
  if (!r.problems().empty()) return exit_problems;
  return r.ok() && !r.has_failed() ? exit_done : exit_failed;
}

template <class Response>
int finish(const invocation& in, terminal& term, const std::optional<Response>& response) {
  if (!response) return exit_failed;
  if (in.has("json"))
    print_json(term, *response);
  else
    print(term, *response);
  return end(*response);
}

}  // namespace

std::optional<config::v1::Partition> read_draft(terminal& term, const std::string& path,
                                                const std::string& partition) {
  const auto loaded = load_config({path});
  for (const auto& p : loaded.problems) term.err << "postroom: " << render_problem(p) << "\n";
  if (!loaded.problems.empty()) return {};
  for (const auto& d : loaded.documents)
    if (!d.is_general && d.partition.id() == partition) return d.partition;
  term.err << "postroom: " << printable(path) << " holds no partition " << printable(partition)
           << "\n";
  return {};
}

int run_test_outgoing(const invocation& in, terminal& term) {
  admin::v1::TestOutgoingRequest request;
  if (!take_server<config::v1::OutgoingServer>(in, term, request)) return exit_failed;
  for (const auto& a : in.all("to")) request.add_to(a);
  for (const auto& a : in.all("cc")) request.add_cc(a);
  for (const auto& a : in.all("bcc")) request.add_bcc(a);
  request.set_subject(in.get("subject"));
  request.set_message(in.get("message"));
  return finish(in, term,
                ask<admin::v1::TestOutgoingResponse>(in, term, "TrialsService/TestOutgoing",
                                                     request, patience(in)));
}

int run_test_incoming(const invocation& in, terminal& term) {
  admin::v1::TestIncomingRequest request;
  if (!take_server<config::v1::IncomingServer>(in, term, request)) return exit_failed;
  request.set_message_id(in.get("message-id"));
  request.set_subject(in.get("subject"));
  request.set_uid(in.number("uid", 0));
  request.set_uidl(in.get("uidl"));
  return finish(in, term,
                ask<admin::v1::TestIncomingResponse>(in, term, "TrialsService/TestIncoming",
                                                     request, patience(in)));
}

int run_probe(const invocation& in, terminal& term) {
  admin::v1::ProbeRoundTripRequest request;
  const auto part = partition_of_server(in, term, true, in.positional());
  if (!part) return exit_failed;
  fill_deadline(in, request);
  request.set_partition(*part);
  request.set_incoming(in.positional());
  request.set_outgoing(in.get("outgoing"));
  request.set_to(in.get("to"));
  return finish(in, term,
                ask<admin::v1::ProbeRoundTripResponse>(in, term, "TrialsService/ProbeRoundTrip",
                                                       request, patience(in)));
}

}  // namespace postroom::app
