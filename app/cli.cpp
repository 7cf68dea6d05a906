#include "app/cli.hpp"

#include <poll.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "app/cli_commands.hpp"
#include "app/cli_setup_table.hpp"
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
constexpr option_spec change_reason{"reason", text, "TEXT", "why, for those who read the history"};
constexpr option_spec files{"file", text, "PATH", "a YAML file, or a directory of them",
                            'f',    true, true};

constexpr option_spec reason{"reason", text,  "TEXT", "why; it is kept with the entry",
                             0,        false, true};

std::vector<option_spec> with_socket(std::vector<option_spec> options) {
  options.insert(options.end(), {json, socket_path, node});
  return options;
}

constexpr std::string_view file_details =
    "A directory stands for its *.yaml and *.yml files, in order of their names, but for a "
    "node.yaml. A file holds a\n"
    "partition, or the general settings under the key `general`, or several of these divided by "
    "---.";

constexpr std::string_view id_details =
    "PARTITION/ID is what the lists show under ID, such as IT/12.";

/// But for those of cli_setup_table.hpp.
std::vector<command_spec> own_commands() {
  return {
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
       with_socket(
           {files,
            {"prune", flag, "", "remove partitions that are not given (their data stays on disk)"},
            {"dry-run", flag, "", "show the problems and the changes, change nothing"},
            change_reason}),
       run_apply},
      {"history", "", "list the versions of the configuration, newest first",
       "Each with who made it, when, why, and the first of its changes; `postroom diff` shows all.",
       with_socket({limit}), run_history},
      {"diff", "[FROM] [TO]", "show what differs between two versions of the configuration",
       "Without TO: against the present. Without FROM: what the newest version changed.\n"
       "+ is new, - is gone, ~ is another value or another order.",
       with_socket({}), run_diff},
      {"rollback", "VERSION", "make the configuration what it was in an old version",
       "It is checked by today's rules and becomes a new version, so it can be rolled back itself.",
       with_socket({partition,
                    change_reason,
                    {"dry-run", flag, "", "show the problems and the changes, change nothing"}}),
       run_rollback},
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
       "Without --all: those that nobody has discarded.",
       with_socket({partition, {"all", flag, "", "discarded ones too"}, limit}), run_quarantine},
      {"quarantine show", "PARTITION/ID",
       "show one of them, why it is there and where it came from", id_details,
       with_socket({{"raw", flag, "", "write the mail, byte for byte (made safe on a terminal)"}}),
       run_quarantine_show},
      {"quarantine discard", "PARTITION/ID", "note that one of them is dealt with",
       "It is no longer listed without --all; the mail itself is kept.", with_socket({reason}),
       run_quarantine_discard},
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
      {"status", "", "show partitions, mailboxes and senders", "",
       with_socket({{"watch", flag, "", "again every 2 seconds, until Ctrl-C"}}), run_status},
  };
}

}  // namespace

std::span<const command_spec> all_commands() {
  static const auto table = [] {
    auto out = own_commands();
    for (auto& c : setup_commands()) out.push_back(std::move(c));
    return out;
  }();
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
