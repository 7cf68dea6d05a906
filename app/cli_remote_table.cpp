#include <algorithm>

#include "app/cli_completion.hpp"
#include "app/cli_profiles.hpp"

namespace postroom::app {
namespace {

using enum option_kind;

constexpr option_spec profile{"profile", text, "NAME", "a server that `profiles list` shows"};
constexpr option_spec json{"json", flag, "", "print protobuf JSON"};
constexpr option_spec password_file{"password-file", text, "FILE",
                                    "the password's file; else it is asked for"};

constexpr std::string_view profile_details =
    "Paths are kept whole. Certificate and key are what the client proves to be. A token's file "
    "may be read by its\nowner only.";

std::vector<command_spec> profile_commands() {
  return {
      {"profiles list", "", "list the servers known by name", "", {}, run_profiles_list},
      {"profiles add",
       "NAME",
       "know a server by a name",
       profile_details,
       {{"url", text, "URL", "https://HOST:PORT"},
        {"socket", text, "PATH", "the admin socket of a server on this machine"},
        {"ca-file", text, "FILE", "whose certificates to believe; else the system's list"},
        {"certificate-file", text, "FILE", "the client's certificate"},
        {"key-file", text, "FILE", "the key of the client's certificate"},
        {"token-file", text, "FILE", "the file of an API token, instead of signing in"},
        {"replace", flag, "", "in place of the one there is"}},
       run_profiles_add},
      {"profiles remove", "NAME", "forget a server and its session", "", {}, run_profiles_remove},
  };
}

}  // namespace

std::vector<command_spec> remote_commands() {
  auto out = profile_commands();
  out.insert(
      out.end(),
      {{"sign-in",
        "[NAME]",
        "sign in to a server over the network",
        "Without NAME: as you are called on this machine. The session is kept beside the profiles, "
        "for you alone.",
        {profile, password_file},
        run_sign_in},
       {"completion",
        "SHELL",
        "print what completes commands, options and partitions in bash, zsh or fish",
        "bash: postroom completion bash > /etc/bash_completion.d/postroom\n"
        "zsh:  postroom completion zsh > \"${fpath[1]}/_postroom\"\n"
        "fish: postroom completion fish > ~/.config/fish/completions/postroom.fish",
        {},
        run_completion},
       {"sign-out", "", "end the session", "", {profile}, run_sign_out},
       {"password",
        "",
        "change your own password",
        "It is asked for, and the new one twice.",
        {profile,
         {"old-password-file", text, "FILE", "the file of the password as it is now"},
         password_file,
         json},
        run_password},
       {"set-up",
        "NAME",
        "become the first who may sign in to a server, with all rights",
        "A server without principals tells at its start where the set-up token is, and `postroom "
        "access setup-token` prints a new one. "
        "It is asked for.",
        {{"token-file", text, "FILE", "the set-up token's file"},
         password_file,
         json,
         {"socket", text, "PATH", "the admin socket of the server"},
         {"config", text, "FILE", "the server's node.yaml, to find its admin socket", 'c'}},
        run_set_up}});
  return out;
}

void offer_profiles(std::vector<command_spec>& commands) {
  for (auto& c : commands) {
    const auto has = [&](std::string_view name) {
      return std::any_of(c.options.begin(), c.options.end(),
                         [name](const auto& o) { return o.name == name; });
    };
    if (has("socket") && has("config") && !has("profile")) c.options.push_back(profile);
  }
}

}  // namespace postroom::app
