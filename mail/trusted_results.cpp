#include "mail/trusted_results.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "mail/fields.hpp"
#include "mail/trace.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_fields = 20;

bool is_trusted(const std::string& id, const trust_settings& settings) {
  return std::any_of(settings.ids.begin(), settings.ids.end(),
                     [&](const std::string& one) { return equal_ignoring_case(one, id); });
}

/// Fields that servers put beside the results. Any other one below the border is the sender's.
bool is_trace(std::string_view name) {
  return equal_ignoring_case(name, "received-spf") || starts_ignoring_case(name, "arc-") ||
         starts_ignoring_case(name, "x-");
}

bool is_results(const field& f) {
  return equal_ignoring_case(f.name, "authentication-results");
}

/// For who looks for what is wrong with the settings: whose results the mail bears at all.
struct results_seen {
  bool any = false, trusted = false;
  std::string id;  ///< of the topmost trusted ones, else of the topmost
};

results_seen look_for_results(std::string_view header, const trust_settings& settings) {
  results_seen out;
  std::size_t seen = 0;
  while (auto f = next_field(header)) {
    if (!is_results(*f)) continue;
    auto id = read_auth_results(f->value).id;
    out.trusted = is_trusted(id, settings);
    if (out.trusted || !out.any) out.id = std::move(id);
    out.any = true;
    if (out.trusted || ++seen == max_fields) break;
  }
  return out;
}

class results_reader {
 public:
  explicit results_reader(const trust_settings& settings)
      : x_settings_(settings),
        x_hosts_(settings.border_hosts.empty() ? settings.ids : settings.border_hosts) {}

  trusted_results read(std::string_view header) {
    const auto whole = header;
    while (auto f = next_field(header))
      if (!take(*f)) break;
    const bool is_any = x_fields_ > 0;
    if (x_past_border_ && is_any) return {true, std::move(x_out_), false, {}};
    return {false, {}, x_unreadable_ && is_any, why_none(whole)};
  }

 private:
  /// False: what follows is the sender's.
  bool take(const field& f) {
    if (equal_ignoring_case(f.name, "received")) return take_hop(f.value);
    if (is_results(f)) {
      take_results(f.value);
      return true;
    }
    return !x_past_border_ || x_fields_ == 0 || is_trace(f.name);
  }
  bool take_hop(std::string_view value) {
    if (x_past_border_) return false;
    const auto hop = x_hosts_.read(value);
    x_past_border_ = hop == trace_hop::border;
    x_unreadable_ = hop == trace_hop::unreadable;
    if (hop == trace_hop::foreign) x_foreign_ = received_by(value);
    return hop == trace_hop::internal || (x_past_border_ && x_settings_.below_received);
  }
  void take_results(std::string_view value) {
    if (x_fields_ == max_fields) return;
    auto read = read_auth_results(value);
    if (!is_trusted(read.id, x_settings_)) return;
    ++x_fields_;
    std::move(read.results.begin(), read.results.end(), std::back_inserter(x_out_));
  }

  [[nodiscard]] std::string why_none(std::string_view header) const {
    if (x_settings_.ids.empty()) return "the incoming server names no authserv_ids to believe";
    const auto seen = look_for_results(header, x_settings_);
    if (!seen.any) return "the mail has no Authentication-Results";
    if (!seen.trusted)
      return "Authentication-Results " +
             (seen.id.empty() ? "without an id, and - is" : "of " + seen.id + ", which is") +
             " none of authserv_ids";
    if (x_past_border_)
      return "Authentication-Results stand below the Received field of the border only, where a "
             "sender can write them (results_below_received)";
    return why_no_border();
  }
  [[nodiscard]] std::string why_no_border() const {
    const std::string hosts = x_settings_.border_hosts.empty()
                                  ? "authserv_ids, and border_hosts is blank"
                                  : "border_hosts";
    if (x_unreadable_) return "the topmost Received field cannot be read";
    if (x_foreign_.empty()) return "no Received field is by one of " + hosts;
    return "the topmost Received field from outside is by " + x_foreign_ + ", which is none of " +
           hosts;
  }

  const trust_settings& x_settings_;
  trace_hosts x_hosts_;
  std::vector<auth_result> x_out_;
  std::size_t x_fields_ = 0;
  std::string x_foreign_;  ///< the server of a Received field that ended the reading
  bool x_past_border_ = false, x_unreadable_ = false;
};

}  // namespace

trusted_results read_trusted_results(std::string_view header, const trust_settings& settings) {
  return results_reader(settings).read(header);
}

}  // namespace postroom::mail
