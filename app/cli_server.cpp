#include "app/cli_server.hpp"

#include <charconv>
#include <filesystem>

#include "app/cli_admin.hpp"
#include "app/cli_files.hpp"
#include "app/cli_private.hpp"
#include "app/cli_profiles.hpp"
#include "config/reader.hpp"

namespace postroom::app {
namespace {

result<std::string> socket_of_node(const std::string& file) {
  const auto yaml = read_file(file);
  if (!yaml) return yaml.error();
  std::vector<config::file_problem> problems;
  const auto node = config::read_node(*yaml, file, problems);
  if (problems.empty()) return admin_socket_of(node);
  return fail(ec::config_invalid, render_problem(problems.front()));
}

/// A file's place is told from the profiles' folder.
std::string near(const terminal& term, const std::string& path) {
  if (path.empty()) return path;
  return std::filesystem::path(profiles_file(term)).parent_path() / path;
}

/// A session outweighs a token: whoever has signed in wants to be that person.
result<void> take_token(const terminal& term, const std::string& name,
                        const config::v1::Profile& profile, server_place& out) {
  const auto session = session_file(term, name);
  out.signed_in = std::filesystem::exists(session);
  if (!out.signed_in && profile.token_file().empty()) {
    out.https->token = profile.token();
    return {};
  }
  auto token = read_private(out.signed_in ? session : near(term, profile.token_file()));
  if (!token) return token.error();
  out.https->token = std::move(*token);
  return {};
}

result<server_place> place_of(const terminal& term, const std::string& name) {
  const auto profiles = read_profiles(term);
  if (!profiles) return profiles.error();
  const auto found = profiles->profiles().find(name);
  if (found == profiles->profiles().end())
    return fail(ec::not_found, "there is no profile \"" + name + "\" in " + profiles_file(term) +
                                   "; `postroom profiles list` shows them");
  const auto& p = found->second;
  server_place out;
  out.profile = name;
  out.socket = near(term, p.socket());
  if (p.url().empty()) return out;
  auto target = parse_url(p.url());
  if (!target) return target.error();
  out.https = std::move(*target);
  out.https->ca_file = near(term, p.ca_file());
  out.https->certificate_file = near(term, p.certificate_file());
  out.https->key_file = near(term, p.key_file());
  if (auto r = take_token(term, name, p, out); !r) return r.error();
  return out;
}

std::string with_profile(const server_place& server) {
  return server.profile.empty() ? "" : " --profile " + server.profile;
}

std::string what_to_do(const server_place& server, const error& e) {
  const auto has = [&](const char* text) { return e.detail.find(text) != std::string::npos; };
  switch (e.code) {
    case ec::unreachable:
    case ec::dns_failed:
      return "check the url of profile " + server.profile +
             ", that the server runs, and its admin_listen";
    case ec::tls_failed:
      if (has("mismatch"))
        return "the certificate is for another host: put the name it holds into the url of "
               "profile " +
               server.profile;
      if (has("not accepted"))
        return "name its authority in the ca_file of profile " + server.profile;
      return "check the certificates of profile " + server.profile;
    case ec::unauthenticated:
      return (server.signed_in ? "the session has ended: `postroom sign-in" : "`postroom sign-in") +
             with_profile(server) + "`";
    case ec::forbidden:
      return "`postroom access whoami" + with_profile(server) + "` shows what you may";
    default:
      return {};
  }
}

}  // namespace

result<server_place> find_server(const invocation& in, const terminal& term) {
  server_place out;
  if (in.has("profile") && (in.has("socket") || in.has("config")))
    return fail(ec::config_invalid,
                "--profile names a server already; leave --socket and --config");
  if (in.has("socket")) {
    out.socket = in.get("socket");
  } else if (in.has("config")) {
    auto socket = socket_of_node(in.get("config"));
    if (!socket) return socket.error();
    out.socket = std::move(*socket);
  } else if (const auto name = wanted_profile(in, term); !name.empty()) {
    return place_of(term, name);
  } else {
    const auto path = term.environment("POSTROOM_SOCKET").value_or("");
    out.socket = path.empty() ? admin_socket_of({}) : path;
  }
  return out;
}

api::connect_client client_of(const server_place& server, duration limit) {
  return server.https ? api::connect_client{*server.https, limit}
                      : api::connect_client{server.socket, limit};
}

error explained(const server_place& server, error e) {
  if (!server.https) return e;  // the client says how to name another socket
  if (const auto todo = what_to_do(server, e); !todo.empty()) e.detail += "; " + todo;
  return e;
}

}  // namespace postroom::app
