#include <algorithm>
#include <set>

#include "base/web_url.hpp"
#include "partitions/checks.hpp"
#include "partitions/model.hpp"
#include "partitions/secret_reference.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

using names = std::vector<std::string>;

std::string lower(std::string s) {
  std::ranges::transform(s, s.begin(), text::to_lower);
  return s;
}

names known_mechanisms(mail_protocol protocol) {
  names known{"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "NTLM", "GSSAPI"};
  if (protocol == mail_protocol::pop3) known.push_back("APOP");
  known.push_back("NONE");
  return known;
}

void check_mechanism(findings& f, const std::string& path, const std::string& method,
                     mail_protocol protocol) {
  const std::string which = one_of(known_mechanisms(protocol)) + "; or none for automatic";
  // Whether there is a token for them: check_oauth.
  if (same_word(method, "XOAUTH2") || same_word(method, "OAUTHBEARER")) return;
  if (same_word(method, "APOP") && protocol != mail_protocol::pop3) {
    f.add(path, "APOP exists in POP3 only", which);
  } else if (method.empty()) {
    f.add(path, "is blank", which);
  } else {
    check_word(f, path, method, known_mechanisms(protocol));
  }
}

template <class Methods>
void check_auth_methods(findings& f, const std::string& path, const Methods& methods,
                        mail_protocol protocol) {
  std::set<std::string> seen;
  for (int i = 0; i < methods.size(); ++i) {
    check_mechanism(f, indexed(path, i), methods[i], protocol);
    if (!methods[i].empty() && !seen.insert(lower(methods[i])).second) {
      f.add(indexed(path, i), show(methods[i]) + " is in the list twice", "remove one of the two");
    }
  }
  if (seen.size() > 1 && seen.contains("none")) {
    f.add(path, "NONE means no sign-in and cannot stand beside other methods",
          "remove NONE or the others");
  }
}

}  // namespace

bool is_secret_reference(std::string_view password) {
  constexpr std::string_view env = "env:", file = "file:";
  if (secret_name(password)) return true;
  if (password.starts_with(file)) {
    return password.size() > file.size() && !text::has_control_characters(password);
  }
  if (!password.starts_with(env)) return false;
  const auto name = password.substr(env.size());
  const auto good = [](char c) {
    const char l = text::to_lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::ranges::all_of(name, good);
}

/// Never shows the value: it may be the secret itself.
namespace {

void check_password(findings& f, const std::string& path, const std::string& password) {
  if (password.empty() || is_secret_reference(password)) return;
  f.add(path, "is no reference to a secret",
        "store it with `postroom secrets put PARTITION/NAME` and write secret:NAME, or write "
        "env:NAME (an environment variable) or file:PATH");
}

template <class Methods>
bool signs_in(const std::string& login, const Methods& methods) {
  return !login.empty() && !(methods.size() == 1 && same_word(methods[0], "NONE"));
}

template <class Server>
void check_sign_in(findings& f, const std::string& path, const Server& s, mail_protocol protocol) {
  const bool no_sign_in = s.auth_methods_size() == 1 && same_word(s.auth_methods(0), "NONE");
  if (s.login().empty() && protocol != mail_protocol::smtp && !no_sign_in) {
    f.add(path + ".login", "is missing",
          "give the name to sign in with, or `auth_methods: [NONE]` when the server asks for none");
  }
  check_one_line(f, path + ".login", s.login());
  if (signs_in(s.login(), s.auth_methods()) && s.password().empty() && s.oauth().empty()) {
    f.add(path + ".password", "is missing, although there is a login",
          "write secret:NAME, env:NAME or file:PATH, or name one of oauth_clients in `oauth`");
  }
  if (s.login().empty() && !s.password().empty()) {
    f.add(path + ".password", "is given without a login", "give the login too, or remove it");
  }
  check_password(f, path + ".password", s.password());
  check_auth_methods(f, path + ".auth_methods", s.auth_methods(), protocol);
}

}  // namespace

void check_host(findings& f, const std::string& path, const std::string& host) {
  if (host.empty()) {
    f.add(path, "is missing", "give the name or the IP address of the mail server");
    return;
  }
  const auto wrong = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 ||
           std::string_view("/@\"'<>()\x7f").find(c) != std::string_view::npos;
  };
  const bool host_and_port = std::ranges::count(host, ':') == 1;
  if (host_and_port || std::ranges::any_of(host, wrong) || text::has_control_characters(host)) {
    f.add(path, show(host) + " is no host name or IP address",
          "write the host alone, such as mail.example.org; the port has its own field");
  }
}

void check_port(findings& f, const std::string& path, uint32_t port) {
  if (port > 65'535) {
    f.add(path, std::to_string(port) + " is no port",
          "use 1 to 65535, or leave it out for the protocol's own");
  }
}

template <class SignIn>
void check_secret(findings& f, const std::string& path, const SignIn& s,
                  const std::vector<std::string>& known) {
  check_one_line(f, path + ".login", s.login());
  if (!s.login().empty() && s.password().empty()) {
    f.add(path + ".password", "is missing, although there is a login",
          "write secret:NAME, env:NAME or file:PATH");
  }
  if (s.login().empty() && !s.password().empty()) {
    f.add(path + ".password", "is given without a login", "give the login too, or remove it");
  }
  check_password(f, path + ".password", s.password());
  for (int i = 0; i < s.auth_methods_size(); ++i)
    check_word(f, indexed(path + ".auth_methods", i), s.auth_methods(i), known);
}

template void check_secret(findings&, const std::string&, const config::v1::IncomingServer&,
                           const std::vector<std::string>&);
template void check_secret(findings&, const std::string&, const config::v1::PopSignIn&,
                           const std::vector<std::string>&);

std::string fold_host(std::string_view host) {
  // As the domain of an address, for its ASCII form.
  std::string h = fold_address("@" + std::string(text::trim(host))).substr(1);
  if (h.ends_with('.')) h.pop_back();
  return h == "127.0.0.1" || h == "::1" || h == "[::1]" ? "localhost" : h;
}

template <class Server>
void check_endpoint(findings& f, const std::string& path, const Server& s, mail_protocol protocol) {
  check_host(f, path + ".host", s.host());
  check_port(f, path + ".port", s.port());
  check_word(f, path + ".security", s.security(), {"TLS", "STARTTLS", "NONE"});
  if (same_word(s.security(), "NONE") && signs_in(s.login(), s.auth_methods()) &&
      !is_loopback_host(s.host()) && !s.allow_cleartext()) {
    f.add(path + ".security", "NONE would send the password over the network for all to read",
          "use TLS or STARTTLS; if you accept the risk, set `allow_cleartext: true`");
  }
  check_sign_in(f, path, s, protocol);
  check_duration(f, path + ".request_timeout", s.request_timeout(), "1s", "1h");
}

template void check_endpoint(findings&, const std::string&, const config::v1::IncomingServer&,
                             mail_protocol);
template void check_endpoint(findings&, const std::string&, const config::v1::OutgoingServer&,
                             mail_protocol);

}  // namespace postroom::partitions
