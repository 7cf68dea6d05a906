#include "app/cli_profiles.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "app/cli_admin.hpp"
#include "app/cli_files.hpp"
#include "app/cli_private.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "base/web_url.hpp"
#include "config/reader.hpp"

namespace postroom::app {
namespace {

using config::v1::Profile;
using config::v1::Profiles;

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= 64 && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
         });
}

std::string problem_of(const std::string& name, const Profile& p) {
  if (!is_name(name)) return "a profile's name is 1 to 64 of A-Z a-z 0-9 . _ -";
  if (p.socket().empty() == p.url().empty())
    return "profile " + name + " needs a url or a socket, one of them";
  if (p.certificate_file().empty() != p.key_file().empty())
    return "profile " + name + ": certificate_file and key_file belong together";
  if (p.url().empty()) return {};
  const auto target = parse_url(p.url());
  return target ? "" : target.error().detail;
}

bool holds_token(const Profiles& all) {
  return std::any_of(all.profiles().begin(), all.profiles().end(),
                     [](const auto& p) { return !p.second.token().empty(); });
}

/// Double quotes hold any text (YAML 1.2.2, 7.3.1).
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string to_yaml(const Profiles& all) {
  std::string out = "profiles:\n";
  const std::map<std::string, Profile> sorted(all.profiles().begin(), all.profiles().end());
  const auto* d = Profile::descriptor();
  for (const auto& [name, p] : sorted) {
    out += "  " + quoted(name) + ":\n";
    for (int i = 0; i < d->field_count(); ++i)
      if (const auto value = p.GetReflection()->GetString(p, d->field(i)); !value.empty())
        out += "    " + d->field(i)->name() + ": " + quoted(value) + "\n";
  }
  return out;
}

int refuse(terminal& term, const error& e) {
  print_error(term, e);
  return exit_failed;
}

int store(terminal& term, const Profiles& all, const std::string& line) {
  const auto written = write_private(profiles_file(term), to_yaml(all));
  if (!written) return refuse(term, written.error());
  term.out << printable(line) << "\n";
  return exit_done;
}

std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

std::string profiles_file(const terminal& term) {
  if (const auto given = term.environment("POSTROOM_PROFILES"); given && !given->empty())
    return absolute(*given);
  return term.environment("HOME").value_or(".") + "/.config/postroom/profiles.yaml";
}

std::string session_file(const terminal& term, const std::string& profile) {
  return std::filesystem::path(profiles_file(term)).parent_path() / ("session." + profile);
}

result<Profiles> read_profiles(const terminal& term) {
  const auto path = profiles_file(term);
  if (!std::filesystem::exists(path)) return Profiles{};
  const auto yaml = read_file(path);
  if (!yaml) return yaml.error();
  std::vector<config::file_problem> problems;
  auto out = config::read_profiles(*yaml, path, problems);
  if (!problems.empty()) return fail(ec::config_invalid, render_problem(problems.front()));
  if (holds_token(out) && open_to_others(path))
    return fail(ec::config_invalid,
                path + " holds a token and others may read it; run: chmod 600 " + path);
  for (const auto& [name, p] : out.profiles())
    if (const auto wrong = problem_of(name, p); !wrong.empty())
      return fail(ec::config_invalid, path + ": " + wrong);
  return out;
}

std::string wanted_profile(const invocation& in, const terminal& term) {
  return in.has("profile") ? in.get("profile") : term.environment("POSTROOM_PROFILE").value_or("");
}

result<api::https_target> parse_url(const std::string& url) {
  const auto origin = origin_of(url);
  const auto after_host = url.find_first_of("/?", std::string_view("https://").size());
  const bool has_path = after_host != url.npos && url.substr(after_host) != "/";
  if (!origin || origin->scheme != "https" || has_path)
    return fail(ec::config_invalid, "url: \"" + url + "\" is none such as https://HOST:8443");
  api::https_target out;
  out.host = origin->host;
  out.port = origin->port;
  if (out.host.starts_with('[')) out.host = out.host.substr(1, out.host.size() - 2);
  return out;
}

int run_profiles_list(const invocation&, terminal& term) {
  const auto all = read_profiles(term);
  if (!all) return refuse(term, all.error());
  const std::map<std::string, Profile> sorted(all->profiles().begin(), all->profiles().end());
  table t{{{"PROFILE"}, {"SERVER", false, true}, {"SIGNS IN BY"}}};
  for (const auto& [name, p] : sorted) {
    std::string by = p.url().empty() ? "socket" : "nothing yet";
    if (!p.certificate_file().empty()) by = "certificate";
    if (!p.token_file().empty() || !p.token().empty()) by = "token";
    if (std::filesystem::exists(session_file(term, name))) by = "session";
    t.add({name, p.url().empty() ? p.socket() : p.url(), by});
  }
  term.out << (t.empty() ? "no profiles: `postroom profiles add NAME --url https://HOST:PORT`\n"
                         : t.render(term.width, term.colour));
  return exit_done;
}

int run_profiles_add(const invocation& in, terminal& term) {
  auto all = read_profiles(term);
  if (!all) return refuse(term, all.error());
  const auto name = in.positional();
  if (all->profiles().contains(name) && !in.has("replace"))
    return refuse(term, fail(ec::conflict, "there is a profile " + name +
                                               " already; --replace puts this in its place"));
  Profile p;
  p.set_url(in.get("url"));
  p.set_socket(absolute(in.get("socket")));
  p.set_ca_file(absolute(in.get("ca-file")));
  p.set_certificate_file(absolute(in.get("certificate-file")));
  p.set_key_file(absolute(in.get("key-file")));
  p.set_token_file(absolute(in.get("token-file")));
  if (const auto wrong = problem_of(name, p); !wrong.empty())
    return refuse(term, fail(ec::config_invalid, wrong));
  (*all->mutable_profiles())[name] = std::move(p);
  std::filesystem::remove(session_file(term, name));  // of another server, it may be
  return store(term, *all, "profile " + name + " is in " + profiles_file(term));
}

int run_profiles_remove(const invocation& in, terminal& term) {
  auto all = read_profiles(term);
  if (!all) return refuse(term, all.error());
  const auto name = in.positional();
  if (all->mutable_profiles()->erase(name) == 0)
    return refuse(term, fail(ec::not_found, "there is no profile " + name));
  std::filesystem::remove(session_file(term, name));
  return store(term, *all, "profile " + name + " is removed");
}

}  // namespace postroom::app
