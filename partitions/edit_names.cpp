#include <algorithm>
#include <utility>

#include "partitions/checks.hpp"
#include "partitions/edit_parts.hpp"

namespace postroom::partitions {

namespace {

using config::v1::CallTemplate;
using config::v1::Partition;
using config::v1::Settings;

/// Replaces one spelling of a name wherever it is told to look.
struct respelling {
  const std::string& from;
  const std::string& to;
  int found = 0;  ///< in the list that the name belongs to

  void list(google::protobuf::RepeatedPtrField<std::string>& names) {
    for (auto& name : names)
      if (name == from) name = to, ++found;
  }
  /// The field of every item.
  template <class Items, class Item>
  void field(Items& items, const std::string& (Item::*get)() const,
             std::string* (Item::*change)()) {
    for (auto& item : items)
      if ((item.*get)() == from) *(item.*change)() = to;
  }
  template <class Items>
  void names(Items& items) {
    for (auto& item : items)
      if (item.name() == from) item.set_name(to), ++found;
  }
};

using config::v1::RuleActions;

/// What routing rules give calls.
void in_rules(Partition& p, respelling& r, const std::string& (RuleActions::*get)() const,
              std::string* (RuleActions::*change)()) {
  for (auto& rule : *p.mutable_rules())
    if ((rule.then().*get)() == r.from) *(rule.mutable_then()->*change)() = r.to;
}

void in_columns(Partition& p, const std::string& from, const std::string& to) {
  for (auto& row : *p.mutable_matrix()) {
    auto& cells = *row.mutable_priority();
    const auto cell = cells.find(from);
    if (cell == cells.end()) continue;
    const auto priority = cell->second;
    cells.erase(cell);
    cells[to] = priority;
  }
}

void in_cells(Partition& p, const std::string& from, const std::string& to) {
  for (auto& row : *p.mutable_matrix())
    for (auto& [urgency, priority] : *row.mutable_priority())
      if (priority == from) priority = to;
}

void respell(Partition& p, name_kind kind, respelling& r) {
  auto& templates = *p.mutable_templates();
  auto& sets = *p.mutable_screen_sets();
  using config::v1::GroupAddress;
  using config::v1::IncomingServer;
  using config::v1::MatrixRow;
  using config::v1::ScreenSet;
  switch (kind) {
    case name_kind::impact:
      r.list(*p.mutable_impacts());
      in_rules(p, r, &RuleActions::impact, &RuleActions::mutable_impact);
      r.field(*p.mutable_matrix(), &MatrixRow::impact, &MatrixRow::mutable_impact);
      return r.field(templates, &CallTemplate::impact, &CallTemplate::mutable_impact);
    case name_kind::urgency:
      r.list(*p.mutable_urgencies());
      in_rules(p, r, &RuleActions::urgency, &RuleActions::mutable_urgency);
      in_columns(p, r.from, r.to);
      return r.field(templates, &CallTemplate::urgency, &CallTemplate::mutable_urgency);
    case name_kind::priority:
      r.list(*p.mutable_priorities());
      return in_cells(p, r.from, r.to);
    case name_kind::status:
      r.list(*p.mutable_statuses());
      r.field(sets, &ScreenSet::status, &ScreenSet::mutable_status);
      return r.field(templates, &CallTemplate::status, &CallTemplate::mutable_status);
    case name_kind::stream:
      r.list(*p.mutable_streams());
      r.field(sets, &ScreenSet::stream, &ScreenSet::mutable_stream);
      return r.field(templates, &CallTemplate::stream, &CallTemplate::mutable_stream);
    case name_kind::office:
      r.list(*p.mutable_offices());
      return r.field(templates, &CallTemplate::office, &CallTemplate::mutable_office);
    case name_kind::group:
      r.list(*p.mutable_groups());
      r.field(*p.mutable_group_addresses(), &GroupAddress::group, &GroupAddress::mutable_group);
      in_rules(p, r, &RuleActions::group, &RuleActions::mutable_group);
      return r.field(templates, &CallTemplate::group, &CallTemplate::mutable_group);
    case name_kind::screen_set:
      r.names(sets);
      return r.field(templates, &CallTemplate::screen_set, &CallTemplate::mutable_screen_set);
    case name_kind::call_template:
      r.names(templates);
      in_rules(p, r, &RuleActions::template_, &RuleActions::mutable_template_);
      return r.field(*p.mutable_incoming(), &IncomingServer::call_template,
                     &IncomingServer::mutable_call_template);
  }
}

/// "impacts", and what is in it.
std::pair<std::string, std::vector<std::string>> members(const Partition& p, name_kind kind) {
  const auto words = [](const char* list, const auto& names) {
    return std::pair{std::string{list}, std::vector<std::string>{names.begin(), names.end()}};
  };
  const auto items = [](const char* list, const auto& named) {
    return std::pair{std::string{list}, make_named_list(list, named).in_order};
  };
  switch (kind) {
    case name_kind::impact:
      return words("impacts", p.impacts());
    case name_kind::urgency:
      return words("urgencies", p.urgencies());
    case name_kind::priority:
      return words("priorities", p.priorities());
    case name_kind::status:
      return words("statuses", p.statuses());
    case name_kind::stream:
      return words("streams", p.streams());
    case name_kind::office:
      return words("offices", p.offices());
    case name_kind::group:
      return words("groups", p.groups());
    case name_kind::screen_set:
      return items("screen_sets", p.screen_sets());
    case name_kind::call_template:
      return items("templates", p.templates());
  }
  return {};
}

result<void> rename_in(Partition& p, name_kind kind, const std::string& from,
                       const std::string& to) {
  const auto [list, names] = members(p, kind);
  const auto has = [&, &known = names](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  if (!has(from))
    return fail(ec::not_found,
                "from: " + show(from) + " is not in `" + list + "` of partition " + p.id() +
                    ", which are: " + names_of(names, [](const auto& n) { return n; }));
  // Two names that became one could not be told apart again.
  if (from != to && has(to))
    return fail(ec::already_exists, "to: " + show(to) + " is in `" + list + "` already");
  respelling r{from, to};
  respell(p, kind, r);
  return {};
}

edit about_template(const std::string& partition, const std::string& name) {
  edit out;
  out.name = "the template " + show(name);
  out.object = [partition, name](const Settings& s) {
    return only(s, partition, [&](const Partition& from, Partition& to) {
      if (const int i = place_of(from.templates(), name); i >= 0)
        *to.add_templates() = from.templates(i);
    });
  };
  out.seen = [partition, name](const Settings& wanted, std::vector<problem> found) {
    const auto* p = find_partition(wanted, partition);
    const int i = p ? place_of(p->templates(), name) : -1;
    return seen_in(partition, i < 0 ? std::string{} : indexed("templates", i), std::move(found));
  };
  return out;
}

/// "incoming servers a, b and the routing rules c"; empty: nobody uses it.
std::string users_of_template(const Partition& p, const std::string& name) {
  std::vector<std::string> servers, rules;
  for (const auto& s : p.incoming())
    if (s.call_template() == name) servers.push_back(s.name());
  for (const auto& r : p.rules())
    if (r.then().template_() == name) rules.push_back(r.name());
  const auto listed = [](const std::vector<std::string>& names) {
    return names_of(names, [](const auto& n) { return n; });
  };
  std::string out;
  if (!servers.empty()) out = "incoming servers " + listed(servers);
  if (!rules.empty()) out += (out.empty() ? "" : " and the ") + ("routing rules " + listed(rules));
  return out;
}

result<void> drop_template(Partition& p, const std::string& name) {
  const int i = place_of(p.templates(), name);
  if (i < 0)
    return fail(ec::not_found,
                "partition " + p.id() + " has no template " + show(name) +
                    "; it has: " + names_of(p.templates(), [](const auto& t) { return t.name(); }));
  const auto users = users_of_template(p, name);
  if (!users.empty())
    return fail(ec::conflict, "template " + show(name) + " is used by the " + users +
                                  "; give them another one first");
  p.mutable_templates()->DeleteSubrange(i, 1);
  return {};
}

}  // namespace

edit rename(std::string partition, name_kind kind, std::string from, std::string to) {
  edit out;
  out.name = show(from) + " of partition " + partition;
  out.apply = [partition, kind, from = std::move(from), to = std::move(to)](Settings now) {
    return in_partition(std::move(now), partition,
                        [&](Partition& p) { return rename_in(p, kind, from, to); });
  };
  out.object = [partition](const Settings& s) {
    return only(s, partition, [](const auto& p, auto& kept) { kept = rules_of(p); });
  };
  out.seen = [partition](const Settings&, std::vector<problem> found) {
    return seen_in(partition, {}, std::move(found));
  };
  return out;
}

edit put_template(std::string partition, CallTemplate value, bool replace) {
  auto out = about_template(partition, value.name());
  out.apply = [partition, replace, value = std::move(value)](Settings now) {
    return in_partition(std::move(now), partition, [&](Partition& p) -> result<void> {
      const int i = place_of(p.templates(), value.name());
      if (i >= 0 && !replace)
        return fail(ec::already_exists, "there is a template " + show(value.name()) +
                                            " already; give the revision it was read at to "
                                            "replace it");
      (i < 0 ? *p.add_templates() : *p.mutable_templates(i)) = value;
      return {};
    });
  };
  return out;
}

edit remove_template(std::string partition, std::string name) {
  auto out = about_template(partition, name);
  out.apply = [partition, name](Settings now) {
    return in_partition(std::move(now), partition,
                        [&](Partition& p) { return drop_template(p, name); });
  };
  return out;
}

}  // namespace postroom::partitions
