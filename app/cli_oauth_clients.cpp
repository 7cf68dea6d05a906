#include <optional>
#include <utility>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_oauth.hpp"
#include "app/cli_setup.hpp"
#include "app/words.hpp"
#include "postroom/admin/v1/oauth.pb.h"

/// The configuration of OAuth clients: `postroom oauth show`, `add`, `update`, `remove`.
namespace postroom::app {
namespace {

using namespace admin::v1;

std::optional<GetOAuthResponse> ask_client(const invocation& in, terminal& term,
                                           const client_place& where) {
  GetOAuthRequest request;
  request.set_partition(where.partition);
  request.set_name(where.name);
  return ask<GetOAuthResponse>(in, term, "OAuthService/Get", request);
}

int finish(const invocation& in, terminal& term, const std::string& method,
           const google::protobuf::Message& request) {
  const auto done = ask<SetupResponse>(in, term, "OAuthService/" + method, request);
  return done ? print_setup(in, term, *done) : exit_failed;
}

}  // namespace

int run_oauth_show(const invocation& in, terminal& term) {
  const auto where = parse_client(in, term);
  if (!where) return exit_usage;
  const auto got = ask_client(in, term, *where);
  if (!got) return exit_failed;
  if (in.has("json"))
    print_json(term, *got);
  else
    print_object(term, "OAuth client " + where->partition + "/" + where->name, got->revision(),
                 got->client());
  return exit_done;
}

int run_oauth_add(const invocation& in, terminal& term) {
  const auto where = parse_client(in, term);
  if (!where) return exit_usage;
  AddOAuthRequest request;
  uint64_t revision = 0;
  request.mutable_client()->set_name(where->name);
  if (!read_object(in, term, *request.mutable_client(), revision)) return exit_usage;
  auto& name = *request.mutable_client()->mutable_name();
  if (name.empty()) name = where->name;
  if (name != where->name)
    return wrong_usage(in, term,
                       "PARTITION/NAME: the client is called \"" + name + "\" in the file");
  request.set_partition(where->partition);
  add_who_and_why(request, in, term);
  return finish(in, term, "Add", request);
}

int run_oauth_update(const invocation& in, terminal& term) {
  const auto where = parse_client(in, term);
  if (!where) return exit_usage;
  auto got = ask_client(in, term, *where);
  if (!got) return exit_failed;
  UpdateOAuthRequest request;
  auto revision = got->revision();
  *request.mutable_client() = std::move(*got->mutable_client());
  if (!read_object(in, term, *request.mutable_client(), revision)) return exit_usage;
  request.set_partition(where->partition);
  request.set_name(where->name);
  request.set_revision(revision);
  add_who_and_why(request, in, term);
  return finish(in, term, "Update", request);
}

int run_oauth_remove(const invocation& in, terminal& term) {
  const auto where = parse_client(in, term);
  if (!where) return exit_usage;
  const auto got = ask_client(in, term, *where);
  if (!got) return exit_failed;
  RemoveOAuthRequest request;
  request.set_partition(where->partition);
  request.set_name(where->name);
  request.set_revision(in.number("revision", got->revision()));
  add_who_and_why(request, in, term);
  return finish(in, term, "Remove", request);
}

}  // namespace postroom::app
