#include "app/cli.hpp"

#include "app/cli_access.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_profiles.hpp"
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
constexpr option_spec since{"since", text, "TIME", "nothing older"};
constexpr option_spec until{"until", text, "TIME", "nothing newer"};
constexpr option_spec output{"output", text, "FILE", "with --raw: write it into this file", 'o'};
constexpr option_spec files{"file", text, "PATH", "a YAML file, or a directory of them",
                            'f',    true, true};

constexpr option_spec added{"text", text, "TEXT", "what is added to the call"};
constexpr option_spec group{"group", text, "GROUP", "who works on it from now on"};
constexpr option_spec reason{"reason", text,  "TEXT", "why; it is kept with the entry",
                             0,        false, true};

std::vector<option_spec> audit_options() {
  return with_socket({partition,
                      {"who", text, "NAME", "only what this person did"},
                      {"what", text, "TEXT", "only what has this in its name, such as quarantine"},
                      since,
                      until,
                      limit});
}

constexpr std::string_view file_details =
    "A directory stands for its *.yaml and *.yml files, in order of their names, but for a "
    "node.yaml. A file holds a\n"
    "partition, or the general settings under the key `general`, or several of these divided by "
    "---.";

constexpr std::string_view id_details =
    "PARTITION/ID is what the lists show under ID, such as IT/12.";

}  // namespace

std::vector<option_spec> with_socket(std::vector<option_spec> own) {
  own.insert(own.end(), {json, socket_path, node});
  return own;
}

namespace {

/// But for those of the other tables.
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
            said_why,
            {"prune", flag, "", "remove partitions that are not given (their data stays on disk)"},
            {"dry-run", flag, "", "show the problems and the changes, change nothing"}}),
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
                    said_why,
                    {"dry-run", flag, "", "show the problems and the changes, change nothing"}}),
       run_rollback},
      {"calls", "", "list calls, newest first",
       "All that is given must hold. Subject, user and analyst need not be whole; case never "
       "counts.\nA time is a day, 2026-11-01, or how long ago: 2d, 3h.",
       with_socket({partition,
                    since,
                    until,
                    {"subject", text, "TEXT", "with this in the subject"},
                    {"user", text, "ADDRESS", "of users with this in address or name"},
                    {"analyst", text, "ADDRESS", "logged by analysts with this in address or name"},
                    {"priority", text, "NAME", "of this priority"},
                    {"status", text, "NAME", "in this status"},
                    {"group", text, "NAME", "of this group"},
                    {"server", text, "NAME", "that came through this incoming server"},
                    {"state", text, "STATE", "that are open, or closed"},
                    {"tag", text, "TAG", "with this tag"},
                    limit,
                    {"page", text, "TOKEN", "go on where a list ended, as it printed"}}),
       run_calls},
      {"call", "CALL", "show a call, why it is as it is, and the mails sent about it",
       "CALL is a number like IT-000123. The signature below a text, and what it quotes, are "
       "folded.",
       with_socket({{"full", flag, "", "show the texts whole"},
                    {"raw", flag, "",
                     "write the mail it came from, byte for byte (made safe on a terminal)"},
                    {"html", flag, "", "write the mail's HTML, made safe to show"},
                    {"attachment", number, "N",
                     "write the attachment of this number, decoded; with --output into a folder it "
                     "keeps its name"},
                    {"update", number, "N",
                     "with --raw, --html or --attachment: of the mail of this update"},
                    {"output", text, "FILE",
                     "with --raw, --html or --attachment: write it into this file", 'o'},
                    {"force", flag, "", "with --attachment: replace a file that is there"},
                    {"history", flag, "", "show what happened with it, oldest first"}}),
       run_call},
      {"explain", "MAIL", "tell step by step what was done with a mail, and why",
       "MAIL is a call, IT-000123, whose mail it was; a mail's number, IT/17, or its place, "
       "inbox/1796069462/10\nor inbox/UIDL, as the ledger shows them; or a Message-ID, with "
       "--partition.",
       with_socket({partition}), run_explain},
      {"calls close", "CALL", "close a call", "CALL is a number like IT-000123.",
       with_socket({added, group, said_why}), run_calls_close},
      {"calls reopen", "CALL", "open a closed call again", "CALL is a number like IT-000123.",
       with_socket({added, group, said_why}), run_calls_reopen},
      {"calls assign", "CALL", "assign a call to another group",
       "CALL is a number like IT-000123; GROUP one of its partition's.",
       with_socket({{"group", text, "GROUP", "who works on it from now on", 0, false, true},
                    added,
                    said_why}),
       run_calls_assign},
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
       "show one of them, or a suppressed mail: why, and where it came from", id_details,
       with_socket(
           {{"raw", flag, "", "write the mail, byte for byte (made safe on a terminal)"}, output}),
       run_quarantine_show},
      {"quarantine discard", "PARTITION/ID", "note that one of them is dealt with",
       "It is no longer listed without --all; the mail itself is kept.", with_socket({reason}),
       run_quarantine_discard},
      {"quarantine reprocess", "PARTITION/ID...",
       "decide some of them anew, by the configuration of now",
       "Each becomes a call like any other mail, or stays with the new reason; so does a mail that "
       "was suppressed,\nby its number in `postroom ledger`. Exit status 0 when none stays.",
       with_socket(
           {{"accept", flag, "",
             "take them in spite of what refuses them: verdict, lists, rules, scanner, being "
             "a report or a copy"},
            reason}),
       run_quarantine_reprocess},
      {"outbox", "", "list mails to be sent",
       "Without options: those not sent to everyone, dead letters and cancelled ones included.",
       with_socket({partition,
                    {"dead", flag, "", "only dead letters"},
                    {"all", flag, "", "sent ones too"},
                    limit}),
       run_outbox},
      {"outbox retry", "PARTITION/ID", "send a dead letter, or one that waits, now",
       "Attempts are counted from the start again; what was tried before is kept on the entry.",
       with_socket({said_why}), run_outbox_retry},
      {"outbox cancel", "PARTITION/ID", "never send a mail to those who did not get it yet",
       id_details, with_socket({reason}), run_outbox_cancel},
      {"audit", "", "list who did what, newest first",
       "A time is a day, 2026-11-01, or how long ago: 2d, 3h.", audit_options(), run_audit},
      {"audit list", "", "the same as audit", "", audit_options(), run_audit},
      {"audit verify", "", "prove that no entry of the audit was changed or taken out",
       "A tail that was cut off and written anew shows only against a head kept elsewhere: "
       "--expect.",
       with_socket(
           {{"expect", text, "UNIT=SEQUENCE:HASH", "a line that `audit head` printed", 0, true}}),
       run_audit_verify},
      {"audit head", "", "print the newest entry of every chain, to be kept elsewhere", "",
       with_socket({}), run_audit_head},
      {"secrets list", "", "list the secrets of a partition, never their values", "",
       with_socket({{"partition", text, "ID", "whose", 'p', false, true}}), run_secrets_list},
      {"secrets put", "PARTITION/NAME", "store a secret, or give it a new value",
       "The value is typed unseen, or piped in. A server names it as `password: secret:NAME`.",
       with_socket({{"from-file", text, "PATH", "take the value from this file"}, said_why}),
       run_secrets_put},
      {"secrets remove", "PARTITION/NAME", "remove a secret that no server uses", "",
       with_socket({said_why}), run_secrets_remove},
      {"secrets rotate", "", "encrypt the keys of all secrets with the newest secrets_key",
       "Afterwards secrets_old_keys can be emptied. May be asked for again at any time.",
       with_socket({said_why}), run_secrets_rotate},
      {"status", "[SECONDS]", "show partitions, mailboxes and senders",
       "SECONDS is for --watch: how long between two looks, default 2.",
       with_socket({{"watch", flag, "", "again every few seconds, until Ctrl-C"}}), run_status},
  };
}

}  // namespace

std::span<const command_spec> all_commands() {
  static const auto table = [] {
    auto out = own_commands();
    for (auto& c : client_commands()) out.push_back(std::move(c));
    for (auto& c : oauth_commands()) out.push_back(std::move(c));
    for (auto& c : trial_commands()) out.push_back(std::move(c));
    for (auto& c : access_commands()) out.push_back(std::move(c));
    for (auto& c : setup_commands()) out.push_back(std::move(c));
    for (auto& c : remote_commands()) out.push_back(std::move(c));
    offer_profiles(out);
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

}  // namespace postroom::app
