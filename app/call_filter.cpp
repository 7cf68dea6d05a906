#include "app/call_filter.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "app/words.hpp"
#include "mail/fold.hpp"
#include "partitions/checks.hpp"
#include "partitions/text.hpp"

namespace postroom::app {
namespace {

using admin::v1::ListCallsRequest;
using mail::fold_text;
using record::v1::Call;
using check = std::function<bool(const Call&)>;

std::string show(const record::v1::PersonRef& person) {
  return person.name() + " <" + person.address() + ">";
}

/// The request's text is made comparable once, not for each call.
class checks {
 public:
  void whole(const std::string& wanted, std::string (*of)(const Call&)) {
    if (wanted.empty()) return;
    all_.push_back([w = fold_text(wanted), of](const Call& c) { return fold_text(of(c)) == w; });
  }
  void part(const std::string& wanted, std::string (*of)(const Call&)) {
    if (wanted.empty()) return;
    all_.push_back([w = fold_text(wanted), of](const Call& c) {
      return fold_text(of(c)).find(w) != std::string::npos;
    });
  }
  void add(check one) { all_.push_back(std::move(one)); }

  [[nodiscard]] check together() && {
    if (all_.empty()) return {};
    return [all = std::move(all_)](const Call& c) {
      for (const auto& one : all)
        if (!one(c)) return false;
      return true;
    };
  }

 private:
  std::vector<check> all_;
};

result<std::optional<record::v1::CallState>> read_state(const std::string& word) {
  using answer = std::optional<record::v1::CallState>;
  if (word.empty()) return answer{};
  if (lower(word) == "open") return answer{record::v1::OPEN};
  if (lower(word) == "closed") return answer{record::v1::CLOSED};
  return fail(ec::config_invalid,
              "state: " + partitions::show(word) +
                  " is no state of a call; write open or closed, or leave it out for both");
}

/// Rules can give no other tags.
result<void> check_tag(const std::string& tag) {
  namespace text = partitions::text;
  if (text::trim(tag) == tag && !text::has_control_characters(tag) &&
      text::length(tag) <= partitions::max_tag_length)
    return {};
  return fail(ec::config_invalid, "tag: " + partitions::show(tag) +
                                      " is no tag; write one as a call shows it: at most " +
                                      std::to_string(partitions::max_tag_length) +
                                      " characters in one line, without blanks around");
}

check has_tag(const std::string& wanted) {
  return [w = fold_text(wanted)](const Call& c) {
    return std::ranges::any_of(c.tags(), [&](const auto& tag) { return fold_text(tag) == w; });
  };
}

}  // namespace

result<std::function<bool(const Call&)>> wanted_calls(const ListCallsRequest& request) {
  const auto state = read_state(request.state());
  if (!state) return state.error();
  if (auto r = check_tag(request.tag()); !r) return r.error();
  checks out;
  if (*state) out.add([s = **state](const Call& c) { return c.state() == s; });
  if (!request.tag().empty()) out.add(has_tag(request.tag()));
  if (const auto since = request.since(); since != 0)
    out.add([since](const Call& c) { return c.created_at() >= since; });
  if (const auto until = request.until(); until != 0)
    out.add([until](const Call& c) { return c.created_at() < until; });
  out.whole(request.priority(), [](const Call& c) { return c.priority(); });
  out.whole(request.status(), [](const Call& c) { return c.status(); });
  out.whole(request.group(), [](const Call& c) { return c.group(); });
  out.whole(request.server(), [](const Call& c) { return c.key().mailbox(); });
  out.part(request.subject(), [](const Call& c) { return c.subject(); });
  out.part(request.user(), [](const Call& c) { return show(c.user()); });
  out.part(request.analyst(), [](const Call& c) { return show(c.logging_analyst()); });
  return std::move(out).together();
}

}  // namespace postroom::app
