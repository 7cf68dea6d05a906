#include "app/cli.hpp"

#include <poll.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <iostream>

#include "app/cli_commands.hpp"
#include "app/cli_text.hpp"

namespace postroom::app {
namespace {

using enum option_kind;
constexpr option_spec json{"json", flag, "", "print protobuf JSON"};
constexpr option_spec socket_path{"socket", text, "PATH", "the admin socket of the server"};
constexpr option_spec node{"config", text, "FILE",
                           "the server's node.yaml, to find its admin socket", 'c'};
constexpr option_spec partition{"partition", text, "ID", "only this partition", 'p'};
constexpr option_spec limit{"limit", number, "N", "at most so many, default 50", 'n'};
constexpr option_spec files{"file", text, "PATH", "a YAML file, or a directory of them",
                            'f',    true, true};

constexpr option_spec reason{"reason", text,  "TEXT", "why; it is kept with the entry",
                             0,        false, true};

constexpr option_spec draft{"file", text, "PATH",
                            "a partition file with the server as it is to be, not saved yet", 'f'};
constexpr option_spec draft_partition{
    "draft", text, "PATH", "a partition file to try instead of the saved configuration", 'd'};
constexpr option_spec seconds{"deadline", number, "SECONDS", "give up after, at most 300"};

std::vector<option_spec> with_socket(std::vector<option_spec> options) {
  options.insert(options.end(), {json, socket_path, node});
  return options;
}

constexpr std::string_view file_details =
    "A directory stands for its *.yaml and *.yml files, in order of their names, but for a "
    "node.yaml. A file holds a\n"
    "partition, or the general settings under the key `general`, or several of these divided by "
    "---.";

constexpr std::string_view trial_details =
    "Shows the dialog with the server without secrets, and when it fails the step and what to do. "
    "Exit status 0 when all went well.";

constexpr std::string_view id_details =
    "PARTITION/ID is what the lists show under ID, such as IT/12.";

}  // namespace

std::span<const command_spec> all_commands() {
  static const std::array<command_spec, 18> table{{
      {"serve",
       "",
       "run the server",
       "Stops in order at SIGTERM or Ctrl-C; reads its partition files again at SIGHUP.",
       {{"config", text, "FILE", "node.yaml", 'c', false, true}},
       run_serve},
      {"check",
       "",
       "check partition files without a server",
       file_details,
       {files, json},
       run_check},
      {"apply", "", "give partition files to the running server", file_details,
       with_socket({files,
                    {"prune", flag, "",
                     "remove partitions that are not given (their data stays on disk)"}}),
       run_apply},
      {"calls", "", "list calls, newest first", "", with_socket({partition, limit}), run_calls},
      {"call", "CALL", "show a call, why it is as it is, and the mails sent about it",
       "CALL is a number like IT-000123.",
       with_socket({{"raw", flag, "",
                     "write the mail it came from, byte for byte (made safe on a terminal)"}}),
       run_call},
      {"ledger", "", "show what became of every mail of a mailbox, and whether the numbers agree",
       "",
       with_socket(
           {{"mailbox", text, "NAME", "the incoming server's name", 'm', false, true}, limit}),
       run_ledger},
      {"quarantine", "", "list mails that could not be handled",
       "Without --all: those that nobody has discarded and that did not leave.",
       with_socket(
           {partition, {"all", flag, "", "discarded ones and those that left, too"}, limit}),
       run_quarantine},
      {"quarantine show", "PARTITION/ID",
       "show one of them, why it is there and where it came from", id_details,
       with_socket({{"raw", flag, "", "write the mail, byte for byte (made safe on a terminal)"}}),
       run_quarantine_show},
      {"quarantine discard", "PARTITION/ID", "note that one of them is dealt with",
       "It is no longer listed without --all; the mail itself is kept.", with_socket({reason}),
       run_quarantine_discard},
      {"quarantine reprocess", "PARTITION/ID...",
       "decide some of them anew, by the configuration of now",
       "Each becomes a call like any other mail, or stays with the new reason. Exit status 0 when "
       "none stays.",
       with_socket({reason}), run_quarantine_reprocess},
      {"outbox", "", "list mails to be sent",
       "Without options: those not sent to everyone, dead letters and cancelled ones included.",
       with_socket({partition,
                    {"dead", flag, "", "only dead letters"},
                    {"all", flag, "", "sent ones too"},
                    limit}),
       run_outbox},
      {"outbox retry", "PARTITION/ID", "send a dead letter, or one that waits, now",
       "Attempts are counted from the start again; what was tried before is kept on the entry.",
       with_socket({}), run_outbox_retry},
      {"outbox cancel", "PARTITION/ID", "never send a mail to those who did not get it yet",
       id_details, with_socket({reason}), run_outbox_cancel},
      {"servers test-outgoing", "PARTITION NAME", "send a real mail through an outgoing server",
       trial_details,
       with_socket({{"to", text, "ADDRESS", "a recipient", 0, true, true},
                    {"cc", text, "ADDRESS", "a recipient under Cc", 0, true},
                    {"bcc", text, "ADDRESS", "a recipient that no header names", 0, true},
                    {"subject", text, "TEXT", "the subject"},
                    {"message", text, "TEXT", "the text"},
                    draft,
                    seconds}),
       run_test_outgoing},
      {"servers test-incoming", "PARTITION NAME",
       "look at the newest or a named mail of an incoming server", trial_details,
       with_socket({{"message-id", text, "ID", "this mail, among the newest 200"},
                    {"subject", text, "TEXT", "the mail with this subject, among the newest 200"},
                    {"uid", number, "N", "this mail (IMAP)"},
                    {"uidl", text, "ID", "this mail (POP3)"},
                    draft,
                    seconds}),
       run_test_incoming},
      {"servers probe", "PARTITION NAME",
       "send a marked mail and see it arrive at this incoming server",
       "It becomes no call: the ledger says suppressed:probe.",
       with_socket({{"to", text, "ADDRESS", "an address of the mailbox", 0, false, true},
                    {"outgoing", text, "NAME", "the outgoing server, default the active one"},
                    seconds}),
       run_probe},
      {"dry-run", "FILE|PARTITION/MAIL", "show which call a mail would become, and why",
       "Nothing is written and nobody is created. PARTITION/MAIL is a stored mail, such as one of "
       "the quarantine.",
       with_socket({partition,
                    {"server", text, "NAME", "the incoming server it came through"},
                    draft_partition}),
       run_dry_run},
      {"status", "", "show partitions, mailboxes and senders", "",
       with_socket({{"watch", flag, "", "again every 2 seconds, until Ctrl-C"}}), run_status},
  }};
  return table;
}

int run_cli(const std::vector<std::string>& args, terminal& term) {
  const auto parsed = parse_args(all_commands(), args);
  int status = exit_done;
  if (const auto* wrong = std::get_if<usage_error>(&parsed)) {
    const auto* c = wrong->command;
    term.err << "postroom: " << printable(wrong->message) << "\n"
             << (c ? usage_line(*c) + "`postroom " + std::string{c->name} + " --help` says more\n"
                   : program_help(all_commands()));
    return exit_usage;
  }
  if (const auto* help = std::get_if<help_wanted>(&parsed))
    term.out << (help->command ? command_help(*help->command) : program_help(all_commands()));
  else if (std::holds_alternative<version_wanted>(parsed))
    term.out << "postroom " POSTROOM_VERSION "\n";
  else
    status = std::get<invocation>(parsed).command().run(std::get<invocation>(parsed), term);
  if (term.out.flush()) return status;
  term.err << "postroom: the output could not be written; is its disk full?\n";
  return exit_failed;
}

int run_serve(const invocation& in, terminal& term) {
  return term.serve(in.get("config"));
}

terminal process_terminal(std::function<int(const std::string&)> serve) {
  terminal term{std::cout, std::cerr};
  term.environment = [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value ? std::optional<std::string>{value} : std::nullopt;
  };
  term.tty = ::isatty(STDOUT_FILENO) == 1;
  winsize size{};
  if (term.tty && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) term.width = size.ws_col;
  // https://no-color.org: set and not empty.
  term.colour = term.tty && term.environment("NO_COLOR").value_or("").empty() &&
                term.environment("TERM") != "dumb";
  const auto* who = ::getpwuid(::getuid());
  term.user = who ? who->pw_name : "uid " + std::to_string(::getuid());
  term.pause = [](duration d) {
    ::poll(nullptr, 0, static_cast<int>(d.count()));
    return true;
  };
  term.serve = std::move(serve);
  return term;
}

}  // namespace postroom::app
