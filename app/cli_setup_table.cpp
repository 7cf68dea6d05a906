#include "app/cli_setup_table.hpp"

#include "app/cli_commands.hpp"

namespace postroom::app {
namespace {

using enum option_kind;
using options = std::vector<option_spec>;

constexpr option_spec partition{"partition", text, "ID", "only this partition", 'p'};
constexpr option_spec in_partition{"partition", text,  "ID", "the partition it belongs to",
                                   'p',         false, true};
constexpr option_spec for_partition{"partition", text, "ID", "the partition they are for", 'p'};
constexpr option_spec incoming{"incoming", flag, "", "an incoming server"};
constexpr option_spec outgoing{"outgoing", flag, "", "an outgoing server"};
constexpr option_spec file{"file", text, "PATH", "a YAML file that holds the whole of it", 'f'};
constexpr option_spec set{
    "set", text, "FIELD=VALUE", "change one field; a list: A,B; nothing: unset", 0, true};
constexpr option_spec revision{"revision", number, "N", "refuse when it is not what it was at N"};

constexpr std::string_view update_details =
    "The file is what `show` prints; its revision makes sure that nobody's change in between is "
    "lost.";

options changes(options own) {
  own.insert(own.end(), {file, set, revision, said_why});
  return with_socket(std::move(own));
}

std::vector<command_spec> server_commands() {
  const option_spec take_over{"take-over", flag, "", "from whoever has it open; needs --reason"};
  return {
      {"servers list", "", "list mail servers and who is at their details", "",
       with_socket({partition, incoming, outgoing}), run_servers_list},
      {"servers show", "NAME", "show a mail server as YAML", "",
       with_socket({partition, incoming, outgoing}), run_servers_show},
      {"servers add", "", "add a mail server",
       "Its account must be there on the mail server already.",
       with_socket({in_partition, incoming, outgoing, file, set, said_why}), run_servers_add},
      {"servers update", "NAME", "change a mail server", update_details,
       changes({partition, incoming, outgoing}), run_servers_update},
      {"servers remove", "NAME", "remove a mail server", "What came through it stays.",
       with_socket({partition, incoming, outgoing, revision, said_why}), run_servers_remove},
      {"servers open", "NAME", "tell others that you are at its details, for five minutes",
       "Until then nobody else changes it. Again: for five minutes more.",
       with_socket({partition, incoming, outgoing, take_over, said_why}), run_servers_open},
      {"servers close", "NAME", "tell others that you are done", "",
       with_socket({partition, incoming, outgoing}), run_servers_close},
      {"servers discover", "ADDRESS", "find servers that a mail address may have",
       "It asks the DNS and a list of large providers; no server is spoken to, nothing is stored.",
       with_socket(
           {for_partition, {"yaml", number, "N", "print offer N as a file for `servers add -f`"}}),
       run_servers_discover},
  };
}

std::vector<command_spec> partition_commands() {
  const option_spec why{"reason", text,  "TEXT", "why, for those who read the history",
                        0,        false, true};
  return {
      {"partitions list", "", "list partitions", "", with_socket({}), run_partitions_list},
      {"partitions show", "PARTITION", "show a partition without servers and people as YAML", "",
       with_socket({}), run_partitions_show},
      {"partitions add", "", "add a partition, with servers and people or without", "",
       with_socket({file,
                    set,
                    {"reuse", flag, "", "take over what a removed partition of this id has left"},
                    said_why}),
       run_partitions_add},
      {"partitions update", "PARTITION", "change all of a partition but servers and people",
       update_details, changes({}), run_partitions_update},
      {"partitions remove", "PARTITION", "remove a partition; its data stays on disk", "",
       with_socket({revision, why}), run_partitions_remove},
      {"partitions rename", "PARTITION KIND FROM TO", "give a name another spelling everywhere",
       "KIND is impact, urgency, priority, status, stream, office, group, screen-set or template.",
       with_socket({said_why}), run_partitions_rename},
      {"partitions put-template", "PARTITION NAME", "add or change a call template",
       "--set changes single fields of the one there is.", changes({}),
       run_partitions_put_template},
      {"partitions remove-template", "PARTITION NAME", "remove a call template that nothing uses",
       "", with_socket({revision, said_why}), run_partitions_remove_template},
      {"partitions preview-text", "PARTITION EVENT AUDIENCE",
       "show a text as a person would get it",
       "EVENT is logged, updated, closed, reopened, assigned or flood; AUDIENCE is user, analyst "
       "or group.\n"
       "--file and --set try a text out that is not saved: subject, text, html. Nothing is "
       "changed.",
       with_socket({{"language", text, "TAG", "for who reads this language, such as de"},
                    {"call", text, "CALL", "with the values of this call, not with made-up ones"},
                    file,
                    set}),
       run_partitions_preview_text},
  };
}

std::vector<command_spec> rule_commands() {
  const option_spec whose{"partition", text, "ID", "whose", 'p', false, true};
  return {
      {"rules list", "", "list how often each routing rule of a partition fitted",
       "In the order of the rules; then those of rules that are no more.", with_socket({whose}),
       run_rules_list},
      {"rules try", "", "show which of the newest stored mails would fit which routing rule",
       "Nothing is changed. It ends after 1000 mails, 64 MiB or five seconds, whatever comes "
       "first.",
       with_socket({whose,
                    {"draft", text, "PATH", "a partition file whose rules are tried instead", 'd'},
                    {"mails", number, "N", "look at so many, default 100", 'n'}}),
       run_rules_try},
  };
}

std::vector<command_spec> people_commands() {
  return {
      {"people list", "", "list users, analysts and those whom mails created", "",
       with_socket({partition,
                    {"text", text, "TEXT", "with this in the name or an address", 't'},
                    {"users", flag, "", "only users"},
                    {"analysts", flag, "", "only analysts"},
                    {"templates", flag, "", "only patterns for new people"},
                    {"inactive", flag, "", "only those switched off"},
                    {"limit", number, "N", "at most so many, default 50", 'n'}}),
       run_people_list},
      {"people show", "PARTITION/ID", "show a person as YAML",
       "ID is a number that the list shows, or an address.", with_socket({}), run_people_show},
      {"people add", "", "add a person to the configuration", "",
       with_socket({in_partition, file, set, said_why}), run_people_add},
      {"people update", "PARTITION/ID", "change a person",
       "Whom a mail created comes into the configuration when made an analyst.", changes({}),
       run_people_update},
      {"people remove", "PARTITION/ID", "take a person out of the configuration, or switch off",
       "Calls refer to people, so they stay listed.", with_socket({revision, said_why}),
       run_people_remove},
  };
}

std::vector<command_spec> general_commands() {
  return {
      {"general show", "", "show the general settings as YAML", "", with_socket({}),
       run_general_show},
      {"general set", "", "change the general settings", update_details, changes({}),
       run_general_set},
  };
}

}  // namespace

std::vector<command_spec> client_commands() {
  return {
      {"oauth show", "PARTITION/NAME", "show an OAuth client as YAML", "", with_socket({}),
       run_oauth_show},
      {"oauth add", "PARTITION/NAME", "add an OAuth client",
       "It must be registered with the identity provider already.",
       with_socket({file, set, said_why}), run_oauth_add},
      {"oauth update", "PARTITION/NAME", "change an OAuth client", update_details, changes({}),
       run_oauth_update},
      {"oauth remove", "PARTITION/NAME", "remove an OAuth client that no server names",
       "`postroom oauth forget` drops its authorisation.", with_socket({revision, said_why}),
       run_oauth_remove},
  };
}

std::vector<command_spec> setup_commands() {
  std::vector<command_spec> out;
  for (auto&& some : {server_commands(), partition_commands(), rule_commands(), people_commands(),
                      general_commands()})
    out.insert(out.end(), some.begin(), some.end());
  return out;
}

}  // namespace postroom::app
