#include "partitions/secret_reference.hpp"

#include <algorithm>

namespace postroom::partitions {
namespace {

constexpr std::string_view prefix = "secret:";
constexpr std::size_t max_name = 64;

bool may_stand_in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

/// Who names a secret.
struct use {
  std::string path;  ///< "incoming[0].password"
  std::string who;
  const std::string& reference;
};

std::string place(const char* list, int i, const char* field) {
  return std::string{list} + "[" + std::to_string(i) + "]." + field;
}

/// All references to secrets in a partition.
std::vector<use> uses_in(const config::v1::Partition& p) {
  std::vector<use> out;
  out.reserve(static_cast<std::size_t>(p.incoming_size() + 2 * p.outgoing_size() +
                                       2 * p.oauth_clients_size()));
  for (int i = 0; i < p.incoming_size(); ++i)
    out.push_back(
        {place("incoming", i, "password"), p.incoming(i).name(), p.incoming(i).password()});
  for (int i = 0; i < p.outgoing_size(); ++i) {
    const auto& s = p.outgoing(i);
    out.push_back({place("outgoing", i, "password"), s.name(), s.password()});
    if (s.has_pop())
      out.push_back({place("outgoing", i, "pop.password"), s.name(), s.pop().password()});
  }
  for (int i = 0; i < p.oauth_clients_size(); ++i) {
    const auto& c = p.oauth_clients(i);
    const auto who = "OAuth client " + c.name();
    out.push_back({place("oauth_clients", i, "client_secret"), who, c.client_secret()});
    out.push_back({place("oauth_clients", i, "certificate_key"), who, c.certificate_key()});
  }
  return out;
}

}  // namespace

std::optional<std::string> secret_name(std::string_view reference) {
  if (!reference.starts_with(prefix)) return std::nullopt;
  const auto name = reference.substr(prefix.size());
  if (name.empty() || name.size() > max_name || !std::ranges::all_of(name, may_stand_in_name))
    return std::nullopt;
  return std::string{name};
}

std::string oauth_token_name(std::string_view client) {
  return "oauth:" + std::string{client};
}

std::vector<std::string> references_of(const config::v1::OAuthClient& client) {
  return {client.client_secret(), client.certificate_key()};
}

std::vector<std::string> references_of(const config::v1::IncomingServer& server) {
  return {server.password()};
}

std::vector<std::string> references_of(const config::v1::OutgoingServer& server) {
  return {server.password(), server.pop().password()};
}

std::vector<problem> missing_secrets(
    const config::v1::Settings& settings,
    const std::function<bool(const std::string&, const std::string&)>& has) {
  std::vector<problem> out;
  for (const auto& p : settings.partitions())
    for (const auto& use : uses_in(p)) {
      const auto name = secret_name(use.reference);
      if (!name || has(p.id(), *name)) continue;
      out.push_back(
          {p.id(), use.path,
           "names the secret \"" + *name + "\", which partition " + p.id() + " does not have",
           "store it with `postroom secrets put " + p.id() + "/" + *name +
               "`, or correct the name"});
    }
  return out;
}

std::vector<std::string> users_of_client(const config::v1::Partition& partition,
                                         const std::string& name) {
  std::vector<std::string> out;
  for (const auto& s : partition.incoming())
    if (s.oauth() == name) out.push_back(s.name());
  for (const auto& s : partition.outgoing())
    if (s.oauth() == name) out.push_back(s.name());
  return out;
}

std::vector<std::string> users_of_secret(const config::v1::Partition& partition,
                                         const std::string& name) {
  std::vector<std::string> out;
  for (const auto& use : uses_in(partition))
    if (secret_name(use.reference) == name && (out.empty() || out.back() != use.who))
      out.push_back(use.who);
  return out;
}

}  // namespace postroom::partitions
