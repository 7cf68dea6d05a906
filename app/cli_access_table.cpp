#include "app/cli_access.hpp"
#include "app/cli_commands.hpp"

namespace postroom::app {
namespace {

using enum option_kind;
using options = std::vector<option_spec>;

constexpr option_spec role{"role", text, "ROLE", "a role to hold", 0, true};
constexpr option_spec display{"display-name", text, "TEXT", "how people call them"};
constexpr option_spec certificate{"certificate", text, "SUBJECT",
                                  "whoever proves to have this client certificate is signed in"};
constexpr option_spec password_file{"password-file", text, "FILE",
                                    "the password's file; else it is asked for"};
constexpr option_spec grant{
    "grant", text, "RIGHT[:PARTITION,...]", "a right, everywhere or in partitions", 0, true, true};
constexpr option_spec scope{
    "scope", text, "RIGHT[:PARTITION,...]", "only this much of the principal's rights", 0, true};

constexpr std::string_view right_details =
    "The rights are SYSTEM_SETUP, IPK_SETUP, SECURITY_SETUP, VIEW_CALLS, CHANGE_CALLS, QUARANTINE, "
    "OUTBOX, AUDIT,\nPEOPLE_SETUP and VIEW_STATUS. VIEW_CALLS:HR,IT holds one in two partitions, "
    "VIEW_CALLS "
    "everywhere.";

std::vector<command_spec> principal_commands() {
  return {
      {"access principals list", "", "list who may sign in", "", with_socket({}), run_principals},
      {"access principals add", "NAME", "add somebody",
       "Without --password-file the password is asked for.",
       with_socket({role,
                    display,
                    certificate,
                    password_file,
                    {"no-password", flag, "", "signs in by token or certificate only"},
                    said_why}),
       run_principal_add},
      {"access principals change", "NAME", "change roles, name or certificate",
       "With --role, the roles given are all there are from now on.",
       with_socket(
           {role, {"no-roles", flag, "", "take all roles away"}, display, certificate, said_why}),
       run_principal_change},
      {"access principals disable", "NAME", "let somebody sign in no more", "",
       with_socket({said_why}), run_principal_disable},
      {"access principals enable", "NAME", "let somebody sign in again", "",
       with_socket({said_why}), run_principal_enable},
      {"access principals remove", "NAME", "remove somebody, with all tokens", "",
       with_socket({said_why}), run_principal_remove},
      {"access principals set-password", "NAME", "give somebody a new password",
       "It is asked for twice, or read from --password-file.",
       with_socket({password_file, said_why}), run_principal_set_password},
  };
}

std::vector<command_spec> role_commands() {
  return {
      {"access roles list", "", "list roles and what they allow", "", with_socket({}), run_roles},
      {"access roles put", "NAME", "make a role, or replace what it allows", right_details,
       with_socket({grant, said_why}), run_role_put},
      {"access roles remove", "NAME", "remove a role that nobody holds", "",
       with_socket({said_why}), run_role_remove},
      {"access tokens list", "", "list API tokens", "",
       with_socket({{"all", flag, "", "those of others too"}}), run_tokens},
      {"access tokens create", "PURPOSE", "make an API token; it is shown once", right_details,
       with_socket({{"principal", text, "NAME", "whose token it is"},
                    scope,
                    {"days", number, "N", "good for so long, default 90, at most 365"},
                    said_why}),
       run_token_create},
      {"access tokens revoke", "ID", "end an API token", "", with_socket({said_why}),
       run_token_revoke},
  };
}

}  // namespace

std::vector<command_spec> access_commands() {
  std::vector<command_spec> out{
      {"access whoami", "", "show who you are to the server, and what you may do", "",
       with_socket({}), run_whoami},
      {"access setup-token", "", "make the token that sets up a node without principals", "",
       with_socket({}), run_setup_token}};
  for (auto& c : principal_commands()) out.push_back(std::move(c));
  for (auto& c : role_commands()) out.push_back(std::move(c));
  return out;
}

}  // namespace postroom::app
