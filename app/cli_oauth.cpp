#include "app/cli_oauth.hpp"

#include <optional>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"
#include "postroom/admin/v1/oauth.pb.h"
#include "secrets/secure_bytes.hpp"

/// OAuth clients, and how a person authorises one.
namespace postroom::app {
namespace {

using namespace admin::v1;

constexpr duration look_every{2'000};

cell state_of(const OAuthClientStatus& c) {
  if (c.state() == "ready") return {c.state(), style::good};
  if (c.state() == "idle") return {c.state(), style::none};
  return {c.state(), style::bad};
}

/// "client_secret in 12 days", of what ends first.
cell end_of(const OAuthClientStatus& c) {
  const OAuthEnd* first = nullptr;
  for (const auto& e : c.ends())
    if (first == nullptr || e.at() < first->at()) first = &e;
  if (first == nullptr) return {"-"};
  const auto days = first->days_left();
  const auto text =
      first->what() + (days < 0 ? " has ended" : " in " + std::to_string(days) + " days");
  return {text, days < 3 ? style::bad : days < 30 ? style::warn : style::none};
}

void print_clients(terminal& term, const ListOAuthResponse& answer) {
  table t{{{"NAME"},
           {"GRANT"},
           {"STATE"},
           {"TOKEN UNTIL"},
           {"ENDS"},
           {"AUTHORISED BY"},
           {"USED BY", false, true},
           {"ERROR", false, true}}};
  for (const auto& c : answer.clients())
    t.add({c.name(), c.grant(), state_of(c), show_time(c.token_until()), end_of(c),
           c.authorized_by().empty() ? "-" : c.authorized_by(),
           c.used_by().empty() ? "-" : joined(c.used_by()),
           c.error().empty() ? c.last_failure() : c.error() + "; " + c.remedy()});
  term.out << (t.empty() ? "there are no OAuth clients\n" : t.render(term.width, term.colour));
  if (!answer.has_key() && !t.empty())
    term.err << "postroom: the server has no secrets_key, so only client_credentials works\n";
}

void print_begun(terminal& term, const BeginOAuthResponse& begun) {
  if (begun.user_code().empty())
    term.out << "open in a browser and sign in with the account of the mailbox:\n\n  "
             << printable(begun.url()) << "\n\n";
  else
    term.out << "open " << printable(begun.url()) << " on any device, type the code\n\n  "
             << printable(begun.user_code()) << "\n\nand sign in with the account of the mailbox\n";
  term.out.flush();
}

std::optional<OAuthClientStatus> look(const invocation& in, terminal& term,
                                      const client_place& where) {
  ListOAuthRequest request;
  request.set_partition(where.partition);
  const auto answer = ask<ListOAuthResponse>(in, term, "OAuthService/List", request);
  if (!answer) return {};
  for (const auto& c : answer->clients())
    if (c.name() == where.name) return c;
  return OAuthClientStatus{};
}

/// The provider tells the server; this asks the server.
int wait_until_done(const invocation& in, terminal& term, const client_place& where,
                    int64_t authorised_before) {
  for (;;) {
    const auto now = look(in, term, where);
    if (!now) return exit_failed;
    if (!now->has_pending()) {
      const bool good = now->last_failure().empty() && now->authorized_at() > authorised_before;
      if (good) {
        term.out << where.partition << "/" << printable(where.name) << " is authorised\n";
        return exit_done;
      }
      term.err << "postroom: it is not authorised: "
               << printable(now->last_failure().empty() ? "the time for it is over"
                                                        : now->last_failure())
               << "\n";
      return exit_failed;
    }
    if (!term.pause(look_every)) return exit_failed;
  }
}

/// For where the provider's redirect does not reach the server.
int finish_with_pasted(const invocation& in, terminal& term, const client_place& where) {
  auto answer = term.read_secret("the address the browser ended at: ");
  if (!answer) {
    print_error(term, answer.error());
    return exit_failed;
  }
  const secrets::wiped at_the_end{*answer};
  FinishOAuthRequest request;
  const secrets::wiped too{*request.mutable_answer()};
  request.set_partition(where.partition);
  request.set_name(where.name);
  request.set_answer(*answer);
  request.set_who(term.user);
  const auto done =
      ask<FinishOAuthResponse>(in, term, "OAuthService/Finish", request, duration{120'000});
  if (!done) return exit_failed;
  return finish_with(in, term, *done, where.partition + "/" + where.name + " is authorised");
}

}  // namespace

std::optional<client_place> parse_client(const invocation& in, terminal& term) {
  const auto& text = in.positional();
  const auto slash = text.find('/');
  if (slash != std::string::npos && slash > 0 && slash + 1 < text.size())
    return client_place{upper(text.substr(0, slash)), text.substr(slash + 1)};
  term.err << "postroom: PARTITION/NAME: \"" << printable(text)
           << "\" is not an OAuth client such as IT/graph\n";
  return {};
}

namespace {

int run_oauth_list(const invocation& in, terminal& term) {
  ListOAuthRequest request;
  request.set_partition(upper(in.positional()));
  const auto answer = ask<ListOAuthResponse>(in, term, "OAuthService/List", request);
  if (!answer) return exit_failed;
  if (in.has("json"))
    print_json(term, *answer);
  else
    print_clients(term, *answer);
  return exit_done;
}

int run_oauth_authorize(const invocation& in, terminal& term) {
  const auto where = parse_client(in, term);
  if (!where) return exit_usage;
  const auto before = look(in, term, *where);
  if (!before) return exit_failed;
  BeginOAuthRequest request;
  request.set_partition(where->partition);
  request.set_name(where->name);
  add_who_and_why(request, in, term);
  const auto begun =
      ask<BeginOAuthResponse>(in, term, "OAuthService/Begin", request, duration{120'000});
  if (!begun) return exit_failed;
  if (in.has("no-wait")) {
    if (in.has("json"))
      print_json(term, *begun);
    else
      print_begun(term, *begun);
    return exit_done;
  }
  print_begun(term, *begun);
  const bool paste = in.has("paste") || !begun->comes_back();
  return paste && begun->user_code().empty()
             ? finish_with_pasted(in, term, *where)
             : wait_until_done(in, term, *where, before->authorized_at());
}

int run_oauth_finish(const invocation& in, terminal& term) {
  const auto where = parse_client(in, term);
  return where ? finish_with_pasted(in, term, *where) : exit_usage;
}

int run_oauth_forget(const invocation& in, terminal& term) {
  const auto where = parse_client(in, term);
  if (!where) return exit_usage;
  ForgetOAuthRequest request;
  request.set_partition(where->partition);
  request.set_name(where->name);
  add_who_and_why(request, in, term);
  const auto done =
      ask<ForgetOAuthResponse>(in, term, "OAuthService/Forget", request, duration{120'000});
  if (!done) return exit_failed;
  return finish_with(
      in, term, *done,
      where->partition + "/" + where->name +
          (done->had_token() ? " is not authorised any more" : " was not authorised"));
}

}  // namespace

std::vector<command_spec> oauth_commands() {
  constexpr const char* which = "The client is named as IT/graph: its partition, then its name.";
  return {
      {"oauth list", "PARTITION", "show how the OAuth clients of a partition stand",
       "What each proves itself with ends some day; ENDS tells what first.", with_socket({}),
       run_oauth_list},
      {"oauth authorize", "PARTITION/NAME", "let a person authorise an OAuth client",
       "Shows a URL to open, or a code to type elsewhere, and waits until it is done. Where the\n"
       "provider's redirect does not reach the server, paste the address the browser ends at.",
       with_socket({{"paste", option_kind::flag, "", "paste the address in any case"},
                    {"no-wait", option_kind::flag, "", "only begin it"},
                    said_why}),
       run_oauth_authorize},
      {"oauth finish", "PARTITION/NAME", "end an authorisation that was begun with --no-wait",
       "The address the browser ended at is typed unseen, or piped in.", with_socket({}),
       run_oauth_finish},
      {"oauth forget", "PARTITION/NAME", "drop the authorisation of an OAuth client", which,
       with_socket({said_why}), run_oauth_forget},
  };
}

}  // namespace postroom::app
