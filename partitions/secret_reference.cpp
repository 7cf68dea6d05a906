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

/// Calls `visit(list, index, server)` for each server of a partition.
template <class Visit>
void for_each_server(const config::v1::Partition& p, Visit visit) {
  for (int i = 0; i < p.incoming_size(); ++i) visit("incoming", i, p.incoming(i));
  for (int i = 0; i < p.outgoing_size(); ++i) visit("outgoing", i, p.outgoing(i));
}

}  // namespace

std::optional<std::string> secret_name(std::string_view reference) {
  if (!reference.starts_with(prefix)) return std::nullopt;
  const auto name = reference.substr(prefix.size());
  if (name.empty() || name.size() > max_name || !std::ranges::all_of(name, may_stand_in_name))
    return std::nullopt;
  return std::string{name};
}

std::vector<std::pair<std::string, std::string>> secrets_of(const config::v1::IncomingServer& s) {
  if (s.password().empty()) return {};
  return {{"password", s.password()}};
}

std::vector<std::pair<std::string, std::string>> secrets_of(const config::v1::OutgoingServer& s) {
  std::vector<std::pair<std::string, std::string>> out;
  if (!s.password().empty()) out.emplace_back("password", s.password());
  if (!s.pop().password().empty()) out.emplace_back("pop.password", s.pop().password());
  return out;
}

std::vector<problem> missing_secrets(
    const config::v1::Settings& settings,
    const std::function<bool(const std::string&, const std::string&)>& has) {
  std::vector<problem> out;
  for (const auto& p : settings.partitions())
    for_each_server(p, [&](const char* list, int i, const auto& server) {
      for (const auto& [field, reference] : secrets_of(server)) {
        const auto name = secret_name(reference);
        if (!name || has(p.id(), *name)) continue;
        out.push_back(
            {p.id(), std::string{list} + "[" + std::to_string(i) + "]." + field,
             "names the secret \"" + *name + "\", which partition " + p.id() + " does not have",
             "store it with `postroom secrets put " + p.id() + "/" + *name +
                 "`, or correct the name"});
      }
    });
  return out;
}

std::vector<std::string> users_of_secret(const config::v1::Partition& partition,
                                         const std::string& name) {
  std::vector<std::string> out;
  for_each_server(partition, [&](const char*, int, const auto& server) {
    for (const auto& [field, reference] : secrets_of(server))
      if (secret_name(reference) == name) return out.push_back(server.name());
  });
  return out;
}

}  // namespace postroom::partitions
