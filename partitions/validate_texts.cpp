#include <set>
#include <tuple>

#include "partitions/checks.hpp"
#include "partitions/model.hpp"
#include "partitions/texts.hpp"

namespace postroom::partitions {

namespace {

using config::v1::Notification;
using config::v1::Partition;

std::vector<std::string> all(std::span<const std::string_view> words) {
  return {words.begin(), words.end()};
}

void check_template_at(findings& f, const std::string& path, const std::string& text) {
  for (auto& p : check_template(text, text_names())) f.add(path, p.what, p.remedy);
}

/// As `check_word`, where there is no default.
void check_given_word(findings& f, const std::string& path, const std::string& value,
                      const std::vector<std::string>& words) {
  if (value.empty()) f.add(path, "is missing", one_of(words));
  check_word(f, path, value, words);
}

void check_audience(findings& f, const std::string& path, const Notification& n,
                    const Partition& p) {
  check_given_word(f, path + ".audience", n.audience(), all(audiences));
  if (n.audience() != to_string(audience::group)) return;
  if (p.group_addresses().empty())
    f.add(path + ".audience", "no group has an address",
          "add the addresses of groups to `group_addresses`");
  if (!n.language().empty())
    f.add(path + ".language", "a group has no language of its own", "leave it out");
}

void check_notification(findings& f, const std::string& path, const Notification& n,
                        const Partition& p) {
  check_given_word(f, path + ".event", n.event(), all(call_events));
  check_audience(f, path, n, p);
  check_language(f, path + ".language", n.language());
  if (n.event() == to_string(call_event::logged) && n.audience() == to_string(audience::user) &&
      n.language().empty())
    f.add(path, "that is texts.acknowledgement", "write it there, or give it a language");
  if (n.event() == to_string(call_event::flood) && n.audience() == to_string(audience::user))
    f.add(path + ".audience", "users are not told of a flood", "use analyst or group");
  if (n.content().text().empty() && n.content().subject().empty() && n.content().html().empty())
    f.add(path + ".content.text", "is missing", "write a plain text, or remove the notification");
  check_text(f, path + ".content", n.content());
}

void check_notifications(findings& f, const Partition& p) {
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (int i = 0; i < p.texts().notifications_size(); ++i) {
    const auto& n = p.texts().notifications(i);
    const auto path = "texts." + indexed("notifications", i);
    check_notification(f, path, n, p);
    if (seen.emplace(n.event(), n.audience(), fold_address(n.language())).second) continue;
    f.add(path, "there is a text for this event, audience and language already",
          "remove one of the two");
  }
}

void check_group_addresses(findings& f, const Partition& p) {
  const auto groups = make_name_list("groups", p.groups());
  const own_addresses own(p);
  std::set<std::string> seen;
  for (int i = 0; i < p.group_addresses_size(); ++i) {
    const auto& g = p.group_addresses(i);
    const auto path = indexed("group_addresses", i);
    check_reference(f, path + ".group", g.group(), groups);
    if (!g.group().empty() && !seen.insert(g.group()).second)
      f.add(path + ".group", show(g.group()) + " has an address already",
            "keep one address for each group");
    check_address(f, path + ".address", g.address());
    if (own.contains(fold_address(g.address())))
      f.add(path + ".address", show(g.address()) + " is an address of the partition itself",
            "give one that people read: mails to this one would become calls");
  }
}

}  // namespace

void check_language(findings& f, const std::string& path, const std::string& tag) {
  if (tag.empty() || is_language_tag(tag)) return;
  f.add(path, show(tag) + " is no language tag",
        "write a tag such as de or pt-BR, or leave it out");
}

void check_text(findings& f, const std::string& path, const config::v1::MailText& t) {
  if (t.text().empty() && !(t.subject().empty() && t.html().empty())) {
    f.add(path + ".text", "is missing",
          "write a plain text: it is sent alone or beside the HTML, for those who read only text");
  }
  check_template_at(f, path + ".subject", t.subject());
  check_template_at(f, path + ".text", t.text());
  check_template_at(f, path + ".html", t.html());
}

void check_texts(findings& f, const Partition& p) {
  check_text(f, "texts.acknowledgement", p.texts().acknowledgement());
  check_notifications(f, p);
  check_group_addresses(f, p);
}

}  // namespace postroom::partitions
