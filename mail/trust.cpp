#include "mail/trust.hpp"

#include <utility>

#include "mail/auth_results.hpp"
#include "mail/fields.hpp"
#include "mail/fold.hpp"
#include "mail/mail.hpp"
#include "mail/org_domain.hpp"
#include "mail/trusted_results.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_evidence = 300;

bool is_aligned(std::string_view about, const std::string& domain) {
  if (about.empty() || domain.empty()) return false;
  if (equal_ignoring_case(about, domain)) return true;
  const auto org = org_domain(about);
  return !org.empty() && org == org_domain(domain);
}

/// The domain that a property names, alone or behind a local part. Of a quoted string it would be
/// what the sender has put into a local part.
std::string_view domain_in(const auth_property* p) {
  if (p == nullptr || (p->is_quoted && p->value.find('@') != std::string::npos)) return {};
  return domain_of(p->value);
}

/// The domain of an address. One quoted string is a local part without any.
std::string_view domain_behind(const auth_property& p) {
  return p.is_quoted ? std::string_view{} : domain_of(p.value);
}

/// The domain that a result is about.
std::string_view authenticated(const auth_result& r) {
  if (r.method == "dkim") {
    if (const auto* d = r.find("header", "d"); d && !d->value.empty()) return domain_in(d);
    const auto* i = r.find("header", "i");
    return i ? domain_behind(*i) : std::string_view{};
  }
  if (r.method != "spf") return {};
  for (const auto* name : {"mailfrom", "mail", "mfrom"})
    if (const auto* p = r.find("smtp", name); p && !p->value.empty()) return domain_behind(*p);
  return domain_in(r.find("smtp", "helo"));
}

std::string told(const auth_result& r, std::string_view about, std::string_view domain) {
  return r.method + '=' + r.result + (domain.empty() ? "" : ' ' + std::string(about) + '=') +
         std::string(domain);
}

/// Whether the result says something about the sender, for or against.
bool is_finding(const auth_result& r) {
  const bool counts = r.method == "dmarc" || r.method == "dkim" || r.method == "spf";
  return counts && r.result != "none" && r.result != "neutral" && r.result != "temperror";
}

/// What DMARC says, when it says pass or fail; the topmost result is the latest.
bool read_dmarc(const std::vector<auth_result>& results, const std::string& domain,
                trust_verdict& out) {
  for (const auto& r : results) {
    if (r.method != "dmarc" || (r.result != "pass" && r.result != "fail")) continue;
    const auto* from = r.find("header", "from");
    const auto about = domain_in(from);
    const bool is_same = from == nullptr || is_aligned(about, domain);
    out.kind = r.result == "pass" && is_same ? trust::aligned : trust::unaligned;
    out.evidence = told(r, "header.from", about);
    if (!is_same) out.evidence += ", but From is of " + domain;
    return true;
  }
  return false;
}

trust_verdict judge(const std::vector<auth_result>& results, const std::string& domain) {
  trust_verdict out;
  if (read_dmarc(results, domain, out)) return out;
  for (const auto& r : results) {
    const auto about = authenticated(r);
    if (r.result == "pass" && is_aligned(about, domain))
      return {trust::aligned, told(r, "for", about), {}};
    if (!is_finding(r)) continue;
    out.kind = trust::unaligned;
    if (out.evidence.size() < max_evidence)
      out.evidence += (out.evidence.empty() ? "" : ", ") + told(r, "for", about);
  }
  if (out.kind == trust::none) out.evidence = "no result says anything";
  return out;
}

trust_verdict judge(trusted_results read, const parsed_mail& mail, const std::string& domain) {
  if (read.uncertain) return {trust::unaligned, std::move(read.why_none), {}};
  if (!read.found) return {trust::none, std::move(read.why_none), {}};
  if (!mail.from_doubt.empty()) return {trust::unaligned, mail.from_doubt, {}};
  return judge(read.results, domain);
}

}  // namespace

trust_verdict judge_sender(std::string_view header, const parsed_mail& mail,
                           const trust_settings& settings) {
  auto domain = fold_address(domain_of(mail.from.addr));
  auto out = judge(read_trusted_results(header, settings), mail, domain);
  out.domain = std::move(domain);
  out.evidence = clean_line(out.evidence);
  out.evidence.resize(utf8_prefix(out.evidence, max_evidence).size());
  return out;
}

}  // namespace postroom::mail
