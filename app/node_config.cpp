#include "app/node_config.hpp"

#include <algorithm>
#include <string>

#include "app/admin_listen.hpp"
#include "base/web_url.hpp"
#include "partitions/model.hpp"
#include "secrets/key_source.hpp"

namespace postroom::app {

namespace {

constexpr unsigned max_threads = 64;
constexpr duration longest_shutdown{10 * 60'000};

bool one_of(const std::string& value, std::initializer_list<const char*> known) {
  return value.empty() ||
         std::any_of(known.begin(), known.end(), [&](const char* k) { return value == k; });
}

/// Never shows the value: it may be the key itself.
template <class Add>
void check_keys(const config::v1::Node& node, const Add& add) {
  constexpr const char* what = "is no reference to a key";
  constexpr const char* remedy =
      "write file:PATH, env:NAME or credential:NAME; `openssl rand -hex 32` makes a key";
  if (!node.secrets_key().empty() && !secrets::is_key_reference(node.secrets_key()))
    add("secrets_key", what, remedy);
  for (int i = 0; i < node.secrets_old_keys_size(); ++i)
    if (!secrets::is_key_reference(node.secrets_old_keys(i)))
      add("secrets_old_keys[" + std::to_string(i) + "]", what, remedy);
  if (node.secrets_key().empty() && node.secrets_old_keys_size() > 0)
    add("secrets_old_keys", "is given without a secrets_key", "name the newest key in secrets_key");
}

/// Only what Graph would refuse for certain: where it leads, only Graph can find out.
bool is_notification_url(std::string_view url) {
  constexpr std::size_t longest = 1'000;
  const auto origin = origin_of(url);
  return origin && origin->scheme == "https" && url.size() <= longest &&
         std::ranges::all_of(url, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

template <class Add>
void check_notifications(const config::v1::Node& node, const Add& add) {
  if (node.notification_url().empty()) return;
  if (!is_notification_url(node.notification_url()))
    add("notification_url", "\"" + node.notification_url() + "\" is no address that Graph posts to",
        "use https://HOST/graph/notifications, with a host that Microsoft Graph can reach");
  if (node.admin_listen().empty())
    add("notification_url", "it is set, and nothing listens: admin_listen is blank",
        "set admin_listen and admin_tls, to which notification_url has to lead");
  const auto https = https_of(node);
  if (https && https->tls.clients == api::client_certificate::required)
    add("notification_url", "Graph has no client certificate, and admin_tls requires one",
        "set admin_tls.client_certificate: optional");
}

}  // namespace

std::vector<config::file_problem> node_problems(const config::v1::Node& node) {
  std::vector<config::file_problem> out;
  auto add = [&](std::string path, std::string what, std::string remedy) {
    out.push_back({{}, 0, std::move(path), std::move(what), std::move(remedy)});
  };
  if (node.data_dir().empty())
    add("data_dir", "it is blank", "name the folder that holds all data");
  if (!one_of(node.log().level(), {"debug", "info", "warn", "error"}))
    add("log.level", "\"" + node.log().level() + "\" is not known",
        "use one of: debug, info, warn, error");
  if (!one_of(node.log().format(), {"text", "json"}))
    add("log.format", "\"" + node.log().format() + "\" is not known", "use one of: text, json");
  check_keys(node, add);
  for (auto [path, threads] : {std::pair{"scheduler_threads", node.scheduler_threads()},
                               std::pair{"store_threads", node.store_threads()}})
    if (threads > max_threads)
      add(path, std::to_string(threads) + " is too many", "use 0 (automatic) to 64");
  if (!node.shutdown_deadline().empty()) {
    auto limit = partitions::parse_duration(node.shutdown_deadline());
    if (!limit || *limit < duration{1'000} || *limit > longest_shutdown)
      add("shutdown_deadline", "\"" + node.shutdown_deadline() + "\" is no usable time",
          "use 1s to 10m, such as 20s");
  }
  check_notifications(node, add);
  for (auto& p : admin_listen_problems(node)) out.push_back(std::move(p));
  return out;
}

config::v1::Node checked_node(std::string_view yaml, const std::string& file,
                              std::vector<config::file_problem>& problems) {
  config::path_lines lines;
  auto node = config::read_node(yaml, file, problems, &lines);
  if (!problems.empty()) return node;
  problems = node_problems(node);
  for (auto& p : problems) {
    p.file = file;
    p.line = config::line_of(lines, p.path);
  }
  return node;
}

}  // namespace postroom::app
