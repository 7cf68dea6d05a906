#include <cstdio>
#include <filesystem>

#include "app/cli_access.hpp"
#include "app/cli_admin.hpp"
#include "app/cli_private.hpp"
#include "app/cli_profiles.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "secrets/secure_bytes.hpp"

/// Signing in and out of servers over the network. Passwords and tokens never stand on a command
/// line, where others of this machine could see them.
namespace postroom::app {
namespace {

using namespace admin::v1;

/// The secret's file, else what is typed unseen. Says on `err` what is wrong.
std::optional<std::string> secret_of(const invocation& in, terminal& term, const char* option,
                                     const std::string& prompt) {
  if (in.has(option)) {
    auto text = read_private(in.get(option));
    if (text) return std::move(*text);
    print_error(term, text.error());
    return {};
  }
  auto typed = term.ask_password ? term.ask_password(prompt) : std::nullopt;
  if (!typed)
    term.err << "postroom: there is no terminal to ask at; give --" << option << " FILE\n";
  return typed;
}

/// The server of the profile; on a socket there is nothing to sign in to.
std::optional<server_place> remote_server(const invocation& in, terminal& term) {
  auto server = find_server(in, term);
  if (!server) {
    print_error(term, server.error());
    return {};
  }
  if (server->https) return std::move(*server);
  term.err << "postroom: on an admin socket nobody signs in; name a profile with a url: --profile "
              "NAME\n";
  return {};
}

}  // namespace

int run_sign_in(const invocation& in, terminal& term) {
  auto server = remote_server(in, term);
  if (!server) return exit_failed;
  SignInRequest request;
  request.set_name(in.positional().empty() ? term.user : in.positional());
  auto password =
      secret_of(in, term, "password-file", "Password of " + printable(request.name()) + ": ");
  if (!password) return exit_failed;
  const secrets::wiped at_the_end{*password};
  const secrets::wiped too{*request.mutable_password()};
  request.set_password(*password);
  server->https->token.clear();
  server->signed_in = false;
  const auto done = ask_server<SignInResponse>(*server, term, "AccessService/SignIn", request);
  if (!done) return exit_failed;
  if (auto kept = write_private(session_file(term, server->profile), done->session() + "\n");
      !kept) {
    print_error(term, kept.error());
    return exit_failed;
  }
  term.out << printable(request.name()) << " is signed in to " << server->profile
           << ", at the latest until " << show_time(done->expires_at()) << "\n";
  return exit_done;
}

int run_sign_out(const invocation& in, terminal& term) {
  const auto server = remote_server(in, term);
  if (!server) return exit_failed;
  if (!server->signed_in) {
    term.out << "nobody is signed in to " << server->profile << "\n";
    return exit_done;
  }
  // The session is forgotten here even when the server is away; there it ends by itself.
  const auto done =
      ask_server<SignOutResponse>(*server, term, "AccessService/SignOut", SignOutRequest{});
  std::filesystem::remove(session_file(term, server->profile));
  if (!done) return exit_failed;
  term.out << "signed out of " << server->profile << "\n";
  return exit_done;
}

int run_password(const invocation& in, terminal& term) {
  const auto server = remote_server(in, term);
  if (!server) return exit_failed;
  ChangePasswordRequest request;
  auto before = secret_of(in, term, "old-password-file", "Password as it is now: ");
  if (!before) return exit_failed;
  auto after = read_password(in, term);
  if (!after) return exit_failed;
  const secrets::wiped one{*before}, two{*after};
  request.set_old_password(*before);
  request.set_new_password(*after);
  const auto done =
      ask_server<ChangePasswordResponse>(*server, term, "AccessService/ChangePassword", request);
  return done ? finish_with(in, term, *done, "the password is changed") : exit_failed;
}

int run_set_up(const invocation& in, terminal& term) {
  const auto server = find_server(in, term);
  if (!server) {
    print_error(term, server.error());
    return exit_failed;
  }
  SetUpRequest request;
  request.set_name(in.positional());
  auto token = secret_of(in, term, "token-file", "Set-up token: ");
  if (!token) return exit_failed;
  auto password = read_password(in, term);
  if (!password) return exit_failed;
  const secrets::wiped one{*token}, two{*password};
  request.set_setup_token(*token);
  request.set_password(*password);
  const auto done = ask_server<SetUpResponse>(*server, term, "AccessService/SetUp", request);
  return done ? finish_with(in, term, *done, request.name() + " may do everything; now sign in")
              : exit_failed;
}

}  // namespace postroom::app
