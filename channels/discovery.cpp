#include "channels/discovery.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "channels/known_providers.hpp"

namespace postroom::channels {
namespace {

/// How long a local part may be (RFC 5321 section 4.5.3.1.1).
constexpr std::size_t max_local = 64;

struct mail_service {
  std::string_view label;
  std::string_view name;  ///< for people
  mail_protocol protocol;
  bool incoming;
  channels::security security;
};

/// What tells most comes first, as the time to ask may run out.
constexpr std::array<mail_service, 6> services{{
    {"_imaps._tcp", "IMAP with TLS", mail_protocol::imap, true, security::tls},
    {"_submissions._tcp", "sending with TLS", mail_protocol::smtp, false, security::tls},
    {"_imap._tcp", "IMAP with STARTTLS", mail_protocol::imap, true, security::starttls},
    {"_submission._tcp", "sending with STARTTLS", mail_protocol::smtp, false, security::starttls},
    {"_pop3s._tcp", "POP3 with TLS", mail_protocol::pop3, true, security::tls},
    {"_pop3._tcp", "POP3 with STARTTLS", mail_protocol::pop3, true, security::starttls},
}};

std::string lower_ascii(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// The domain of an address, in lower case; nothing when it is none.
std::optional<std::string> domain_of(const std::string& address) {
  const auto at = address.rfind('@');
  if (at == std::string::npos || at == 0 || at > max_local) return {};
  const auto strange = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if (std::any_of(address.begin(), address.end(), strange)) return {};
  auto domain = lower_ascii(address.substr(at + 1));
  if (!is_host_name(domain)) return {};
  return domain;
}

bool lies_in(std::string_view host, std::string_view domain) {
  return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

void add_text(std::string& all, std::string_view more, std::string_view between) {
  if (more.empty()) return;
  if (!all.empty()) all += between;
  all += more;
}

/// What is asked about one address.
class search {
 public:
  search(const std::string& address, std::string domain, dns_resolver& dns)
      : address_(address), domain_(std::move(domain)), dns_(dns) {}

  result<discovery> run() {
    if (const auto* known = provider_of_domain(domain_)) {
      add(*known, "known provider");
      return finish();
    }
    const auto exchangers = ask_exchangers();
    for (const auto& s : services) ask(s);
    if (const auto* known = provider_behind(exchangers)) add(*known, "MX of " + domain_);
    if (answers_ == 0)
      return fail(ec::dns_failed,
                  "the DNS could not be asked: no name server answered; look at /etc/resolv.conf");
    return finish();
  }

 private:
  void ask(const mail_service& s) {
    const auto name = std::string{s.label} + "." + domain_;
    const auto answer = dns_.srv(name);
    if (!answer) return add_text(unanswered_, s.label, ", ");
    ++answers_;
    if (answer->refused) add_text(refused_, s.name, ", ");
    for (const auto& r : answer->records)
      add({s.protocol, s.incoming, r.target, r.port, s.security, address_, "SRV " + name,
           note_of(r.target)});
  }

  /// RFC 6186 section 6: whoever can forge an answer could send us anywhere, so a person must say
  /// that another domain's server is the right one. And section 4: what the login is.
  [[nodiscard]] std::string note_of(const std::string& target) const {
    std::string out;
    if (!lies_in(target, domain_))
      out = "lies outside of " + domain_ + ": make sure that it is the provider's; ";
    return out + "if the address is refused as login, take what is before the @";
  }

  std::vector<mx_record> ask_exchangers() {
    auto answer = dns_.mx(domain_);
    if (!answer) {
      add_text(unanswered_, "MX", ", ");
      return {};
    }
    ++answers_;
    return std::move(*answer);
  }

  static const known_provider* provider_behind(const std::vector<mx_record>& exchangers) {
    for (const auto& r : exchangers)
      if (const auto* known = provider_of_exchanger(r.host)) return known;
    return nullptr;
  }

  void add(const known_provider& known, const std::string& source) {
    for (const auto& s : known.servers) {
      const bool graph = s.protocol == mail_protocol::graph;
      add({s.protocol, s.incoming, std::string{s.host}, s.port, s.security,
           graph ? std::string{} : address_, source,
           std::string{graph ? known.graph_note : known.note}});
    }
    if (known.servers.empty()) out_.notes.emplace_back(known.note);
  }

  /// The same server said twice is one offer with all that is known of it.
  void add(server_offer offer) {
    for (auto& o : out_.offers)
      if (std::tie(o.protocol, o.incoming, o.host, o.port) ==
          std::tie(offer.protocol, offer.incoming, offer.host, offer.port)) {
        if (o.source != offer.source) add_text(o.source, offer.source, ", ");
        if (o.note != offer.note) add_text(o.note, offer.note, "; ");
        return;
      }
    out_.offers.push_back(std::move(offer));
  }

  discovery finish() {
    std::stable_sort(out_.offers.begin(), out_.offers.end(), [](const auto& a, const auto& b) {
      return std::tuple{!a.incoming, a.protocol, a.security} <
             std::tuple{!b.incoming, b.protocol, b.security};
    });
    if (!refused_.empty()) out_.notes.push_back(domain_ + " says that it has no " + refused_);
    if (!unanswered_.empty())
      out_.notes.push_back("the DNS gave no answer to all questions, missing are: " + unanswered_);
    return std::move(out_);
  }

  const std::string& address_;
  std::string domain_;
  dns_resolver& dns_;
  discovery out_;
  std::size_t answers_ = 0;
  std::string refused_;
  std::string unanswered_;
};

}  // namespace

result<discovery> discover(const std::string& address, dns_resolver& dns) {
  auto domain = domain_of(address);
  if (!domain)
    return fail(ec::config_invalid, "address: is no mail address such as it@example.org");
  return search{address, std::move(*domain), dns}.run();
}

}  // namespace postroom::channels
