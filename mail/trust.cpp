#include "mail/trust.hpp"

#include <algorithm>

#include "mail/auth_results.hpp"
#include "mail/fields.hpp"
#include "mail/fold.hpp"
#include "mail/org_domain.hpp"
#include "mail/trace.hpp"
#include "mail/utf8.hpp"
#include "mail/values.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_fields = 20, max_evidence = 300;

bool is_trusted(const std::string& id, const trust_settings& settings) {
  return std::any_of(settings.ids.begin(), settings.ids.end(),
                     [&](const std::string& one) { return equal_ignoring_case(one, id); });
}

/// Fields that servers put beside the results. Any other one below the border is the sender's.
bool is_trace(std::string_view name) {
  return equal_ignoring_case(name, "received-spf") || starts_ignoring_case(name, "arc-") ||
         starts_ignoring_case(name, "x-");
}

/// The results of trusted ids that no sender could have written; none where that cannot be told.
class results_reader {
 public:
  explicit results_reader(const trust_settings& settings)
      : x_settings_(settings),
        x_hosts_(settings.border_hosts.empty() ? settings.ids : settings.border_hosts) {}

  std::vector<auth_result> read(std::string_view header) {
    while (auto f = next_field(header))
      if (!take(*f)) break;
    return x_past_border_ ? std::move(x_out_) : std::vector<auth_result>{};
  }

 private:
  /// False: what follows is the sender's.
  bool take(const field& f) {
    if (equal_ignoring_case(f.name, "received")) return take_hop(f.value);
    if (equal_ignoring_case(f.name, "authentication-results")) {
      take_results(f.value);
      return true;
    }
    return !x_past_border_ || x_out_.empty() || is_trace(f.name);
  }
  bool take_hop(std::string_view value) {
    if (x_past_border_) return false;
    const auto hop = x_hosts_.read(value);
    x_past_border_ = hop == trace_hop::border;
    return hop == trace_hop::internal || (x_past_border_ && x_settings_.below_received);
  }
  void take_results(std::string_view value) {
    if (x_fields_ == max_fields) return;
    auto read = read_auth_results(value);
    if (!is_trusted(read.id, x_settings_)) return;
    ++x_fields_;
    std::move(read.results.begin(), read.results.end(), std::back_inserter(x_out_));
  }

  const trust_settings& x_settings_;
  trace_hosts x_hosts_;
  std::vector<auth_result> x_out_;
  std::size_t x_fields_ = 0;
  bool x_past_border_ = false;
};

/// The domains in all From fields. A mail has one author here: which of several was authenticated
/// no reader could tell.
std::vector<std::string> from_domains(std::string_view header) {
  std::vector<std::string> out;
  while (auto f = next_field(header)) {
    if (!equal_ignoring_case(f->name, "from")) continue;
    for (const auto& a : read_addresses(f->value, 3))
      if (!a.addr.empty()) out.push_back(fold_address(domain_of(a.addr)));
    if (out.size() > 1) break;
  }
  return out;
}

bool is_aligned(std::string_view about, const std::string& domain) {
  return equal_ignoring_case(about, domain) || org_domain(about) == org_domain(domain);
}

/// The domain that a result is about.
std::string_view authenticated(const auth_result& r) {
  if (r.method == "dkim") {
    const auto d = r.property("header", "d");
    return domain_of(d.empty() ? r.property("header", "i") : d);
  }
  if (r.method != "spf") return {};
  for (const auto* name : {"mailfrom", "mail", "mfrom"})
    if (const auto value = r.property("smtp", name); !value.empty()) return domain_of(value);
  return domain_of(r.property("smtp", "helo"));
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
    const auto about = domain_of(r.property("header", "from"));
    const bool is_same = about.empty() || is_aligned(about, domain);
    out.kind = r.result == "pass" && is_same ? trust::aligned : trust::unaligned;
    out.evidence = told(r, "header.from", about);
    return true;
  }
  return false;
}

trust_verdict judge(const std::vector<auth_result>& results, const std::string& domain) {
  trust_verdict out;
  if (read_dmarc(results, domain, out)) return out;
  for (const auto& r : results) {
    const auto about = authenticated(r);
    if (r.result == "pass" && !about.empty() && is_aligned(about, domain))
      return {trust::aligned, told(r, "for", about)};
    if (!is_finding(r)) continue;
    out.kind = trust::unaligned;
    if (out.evidence.size() < max_evidence)
      out.evidence += (out.evidence.empty() ? "" : ", ") + told(r, "for", about);
  }
  if (out.kind == trust::none) out.evidence = "no result says anything";
  return out;
}

}  // namespace

trust_verdict judge_sender(std::string_view header, const trust_settings& settings) {
  const auto results = results_reader(settings).read(header);
  if (results.empty()) return {trust::none, "no results that a sender could not have written"};
  const auto domains = from_domains(header);
  if (domains.empty()) return {trust::unaligned, "From has no address"};
  if (domains.size() > 1) return {trust::unaligned, "several From addresses"};
  auto out = judge(results, domains.front());
  out.evidence = clean_line(out.evidence);
  out.evidence.resize(utf8_prefix(out.evidence, max_evidence).size());
  return out;
}

}  // namespace postroom::mail
