#include "app/cli_commands.hpp"

namespace postroom::app {
namespace {

using enum option_kind;

constexpr option_spec partition{"partition", text, "ID", "whose server it is, or is to be", 'p'};
constexpr option_spec draft{"file", text, "PATH",
                            "a partition file with the server as it is to be, not saved yet", 'f'};
constexpr option_spec draft_partition{
    "draft", text, "PATH", "a partition file to try instead of the saved configuration", 'd'};
constexpr option_spec seconds{"deadline", number, "SECONDS", "give up after, at most 300"};

constexpr std::string_view trial_details =
    "Shows the dialog with the server without secrets, and when it fails the step and what to do. "
    "Exit status 0 when all went well.";

}  // namespace

std::vector<command_spec> trial_commands() {
  return {
      {"servers test-outgoing", "NAME", "send a real mail through an outgoing server",
       trial_details,
       with_socket({partition,
                    {"to", text, "ADDRESS", "a recipient", 0, true, true},
                    {"cc", text, "ADDRESS", "a recipient under Cc", 0, true},
                    {"bcc", text, "ADDRESS", "a recipient that no header names", 0, true},
                    {"subject", text, "TEXT", "the subject"},
                    {"message", text, "TEXT", "the text"},
                    draft,
                    seconds}),
       run_test_outgoing},
      {"servers test-incoming", "NAME", "look at the newest or a named mail of an incoming server",
       trial_details,
       with_socket({partition,
                    {"message-id", text, "ID", "this mail, among the newest 200"},
                    {"subject", text, "TEXT", "the mail with this subject, among the newest 200"},
                    {"uid", number, "N", "this mail (IMAP)"},
                    {"uidl", text, "ID", "this mail (POP3, GRAPH, EWS)"},
                    draft,
                    seconds}),
       run_test_incoming},
      {"servers probe", "NAME", "send a marked mail and see it arrive at this incoming server",
       "It becomes no call: the ledger says suppressed:probe.",
       with_socket({partition,
                    {"to", text, "ADDRESS", "an address of the mailbox", 0, false, true},
                    {"outgoing", text, "NAME", "the outgoing server, default the active one"},
                    seconds}),
       run_probe},
      {"dry-run", "FILE|PARTITION/MAIL", "show which call a mail would become, and why",
       "Nothing is written and nobody is created. PARTITION/MAIL is a stored mail, such as one of "
       "the quarantine.",
       with_socket({{"partition", text, "ID", "with a FILE: whose mail it is to be", 'p'},
                    {"server", text, "NAME", "the incoming server it came through"},
                    draft_partition}),
       run_dry_run}};
}

}  // namespace postroom::app
