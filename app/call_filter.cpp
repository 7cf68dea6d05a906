#include "app/call_filter.hpp"

#include <string>
#include <vector>

#include "mail/fold.hpp"

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

}  // namespace

std::function<bool(const Call&)> wanted_calls(const ListCallsRequest& request) {
  checks out;
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
