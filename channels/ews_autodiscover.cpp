#include "channels/ews_autodiscover.hpp"

#include <algorithm>
#include <pugixml.hpp>
#include <utility>

#include "base/web_url.hpp"
#include "channels/dns.hpp"
#include "channels/ews_text.hpp"

namespace postroom::channels {
namespace {

constexpr unsigned max_redirects = 10;
constexpr uint64_t max_answer = 256u << 10;
constexpr std::size_t max_url = 2048;

std::string_view local(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  for (const auto& c : node.children())
    if (local(c) == name) return c;
  return {};
}

std::string text(const pugi::xml_node& node, std::string_view name) {
  const std::string_view said = child(node, name).child_value();
  return std::string(said.substr(0, max_url));
}

/// EXCH is for who is inside the network, as a helpdesk's server mostly is; EXPR for everybody.
std::string url_of(const pugi::xml_node& account) {
  std::string out;
  for (const auto& protocol : account.children()) {
    if (local(protocol) != "Protocol") continue;
    auto url = text(protocol, "EwsUrl");
    if (url.empty()) continue;
    if (text(protocol, "Type") == "EXCH") return url;
    if (out.empty()) out = std::move(url);
  }
  return out;
}

std::string domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  return at == address.npos ? std::string() : std::string(address.substr(at + 1));
}

std::string small_letters(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

/// For an error.
std::string name_of_host(const std::string& url) {
  const auto where = origin_of(url);
  return where ? where->host : "a URL without a proper host";
}

/// The same server, as one who has no account there sees it.
endpoint stranger(endpoint server) {
  server.login.clear();
  server.password.clear();
  server.tokens.reset();
  return server;
}

}  // namespace

bool is_host_of(std::string_view host, std::string_view domain) {
  const auto wanted = small_letters(domain), name = small_letters(host);
  return !wanted.empty() && (name == wanted || name.ends_with("." + wanted));
}

result<autodiscovered> read_autodiscovered(std::string_view body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size()))
    return fail(ec::protocol_violation, "autodiscovery: the answer is no XML");
  const auto response = child(child(document, "Autodiscover"), "Response");
  if (child(response, "Error"))
    return fail(ec::mailbox_missing, "autodiscovery: the server knows no such address");
  const auto account = child(response, "Account");
  autodiscovered out;
  out.address = text(account, "RedirectAddr");
  if (out.address.empty()) out.redirect = text(account, "RedirectUrl");
  if (out.address.empty() && out.redirect.empty()) out.url = url_of(account);
  if (out.address.empty() && out.redirect.empty() && out.url.empty())
    return fail(ec::protocol_violation, "autodiscovery: the answer names no EWS");
  return out;
}

ews_autodiscover::ews_autodiscover(event_loop& loop, const inbound_settings& settings)
    : loop_(loop),
      server_(settings.server),
      address_(settings.user.empty() ? settings.server.login : settings.user),
      home_(domain_of(address_)) {}

void ews_autodiscover::start(done_fn done) {
  done_ = std::move(done);
  begin_with(address_);
}

void ews_autodiscover::begin_with(std::string address) {
  address_ = std::move(address);
  const auto domain = domain_of(address_);
  candidates_.clear();
  if (is_host_name(domain) || domain == "localhost") {
    const bool plain = server_.security == security::none;
    const auto port = server_.port ? ":" + std::to_string(server_.port) : std::string();
    const std::string path = "/autodiscover/autodiscover.xml", scheme = plain ? "http" : "https";
    candidates_ = {scheme + "://autodiscover." + domain + port + path,
                   scheme + "://" + domain + port + path};
  }
  ask_next(fail(ec::config_invalid, "autodiscovery needs an address with a domain, or a URL"));
}

/// The next candidate, or the end: then the first failure tells most.
void ews_autodiscover::ask_next(error why) {
  if (candidates_.empty() && elsewhere_) return finish(*elsewhere_);
  if (candidates_.empty()) return finish(first_failure_.detail.empty() ? why : first_failure_);
  const auto url = std::move(candidates_.back());
  candidates_.pop_back();
  ask(url);
}

void ews_autodiscover::ask(const std::string& url) {
  if (!is_trusted(url)) return leave_out(url);
  if (!acceptable(url))
    return finish(fail(ec::config_invalid, "autodiscovery leads to a URL that is not https"));
  send(url, false);
}

/// Without credentials first: a web site that only leads on never gets to see them.
void ews_autodiscover::send(const std::string& url, bool signed_in) {
  if (http_) used_.push_back(std::move(http_));  // it may be what calls us
  http_ = std::make_unique<ews_http>(loop_, signed_in ? server_ : stranger(server_));
  http_request request;
  request.method = "POST";
  request.url = url;
  request.headers = {"Content-Type: text/xml; charset=utf-8", "Accept: text/xml"};
  request.body = std::make_shared<const std::string>(ews_text::autodiscover(address_));
  request.max_bytes = max_answer;
  const bool may_sign_in = !signed_in && (server_.tokens || !server_.login.empty());
  http_->start(std::move(request), [this, url, may_sign_in](auto got) {
    if (may_sign_in && !got && got.code() == ec::auth_refused) return send(url, true);
    on_answer(std::move(got));
  });
}

void ews_autodiscover::ask_next_after(error why) {
  why.detail = "autodiscovery: " + why.detail;
  if (first_failure_.detail.empty()) first_failure_ = why;
  ask_next(std::move(why));
}

bool ews_autodiscover::is_trusted(const std::string& url) const {
  const auto where = origin_of(url);
  return where && is_host_of(where->host, home_);
}

void ews_autodiscover::leave_out(const std::string& url) {
  if (!elsewhere_)
    elsewhere_ = fail(ec::config_invalid,
                      "autodiscovery leads to " + name_of_host(url) +
                          ", which is not of the domain of the address, so it gets no password: if "
                          "it is the right one, write its URL as `url`");
  ask_next(*elsewhere_);
}

void ews_autodiscover::on_answer(result<http_answer> got) {
  if (!got) return ask_next_after(got.error());
  if (got->status >= 300 && got->status < 400) return go_to(got->header("location"));
  if (got->status != 200)
    return ask_next_after(fail(ec::config_invalid, "HTTP " + std::to_string(got->status)));
  auto found = read_autodiscovered(got->body);
  if (found) return follow(*found);
  if (found.code() == ec::mailbox_missing) return finish(found.error());
  ask_next_after(found.error());
}

void ews_autodiscover::follow(const autodiscovered& found) {
  if (!found.redirect.empty()) return go_to(found.redirect);
  if (!found.address.empty()) {
    if (++redirects_ > max_redirects)
      return finish(fail(ec::config_invalid, "autodiscovery leads in a circle"));
    return begin_with(found.address);
  }
  if (!is_trusted(found.url)) return leave_out(found.url);
  if (!acceptable(found.url))
    return finish(fail(ec::config_invalid, "autodiscovery names a URL that is not https"));
  finish(found.url);
}

void ews_autodiscover::go_to(const std::string& url) {
  if (++redirects_ > max_redirects)
    return finish(fail(ec::config_invalid, "autodiscovery leads in a circle"));
  ask(url);
}

bool ews_autodiscover::acceptable(std::string_view url) const {
  if (url.size() > max_url) return false;
  const auto where = origin_of(url);
  if (!where || !is_fit_for_secrets(*where)) return false;
  return where->scheme == "https" || server_.security == security::none;
}

void ews_autodiscover::finish(result<std::string> got) {
  loop_.after(duration{0}, [weak = std::weak_ptr(alive_), this, got = std::move(got)]() mutable {
    if (weak.lock()) std::exchange(done_, nullptr)(std::move(got));
  });
}

}  // namespace postroom::channels
