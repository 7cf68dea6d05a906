#include <algorithm>
#include <set>

#include "partitions/checks.hpp"
#include "partitions/model.hpp"

namespace postroom::partitions {

namespace {

template <class Names>
void check_unique_names(findings& f, const std::string& list, const Names& names,
                        std::size_t max_length = max_name_length) {
  std::set<std::string> seen;
  for (int i = 0; i < names.size(); ++i) {
    check_name(f, indexed(list, i), names[i], max_length);
    if (!names[i].empty() && !seen.insert(names[i]).second) {
      f.add(indexed(list, i), show(names[i]) + " is in the list twice", "remove one of the two");
    }
  }
}

template <class Items>
void check_unique_items(findings& f, const std::string& list, const Items& items) {
  std::set<std::string> seen;
  for (int i = 0; i < items.size(); ++i) {
    const std::string path = indexed(list, i) + ".name";
    check_name(f, path, items[i].name());
    if (!items[i].name().empty() && !seen.insert(items[i].name()).second) {
      f.add(path, show(items[i].name()) + " is in the list twice", "rename one of the two");
    }
  }
}

template <class Names>
void check_scale(findings& f, const std::string& list, const Names& names,
                 std::size_t max_length = max_name_length) {
  if (names.empty()) f.add(list, "is empty", "list at least one name: priority comes from it");
  check_unique_names(f, list, names, max_length);
}

struct scales {
  name_list impacts, urgencies, priorities;
};

void check_cells(findings& f, const std::string& path, const config::v1::MatrixRow& row,
                 const scales& known) {
  // In the order of the urgencies, then what does not belong there; the map itself has no order.
  for (const auto& urgency : known.urgencies.in_order) {
    const auto cell = row.priority().find(urgency);
    if (cell == row.priority().end()) {
      f.add(
          path + ".priority." + urgency,
          "there is no priority for impact " + show(row.impact()) + " and urgency " + show(urgency),
          known.priorities.remedy());
    } else {
      check_reference(f, path + ".priority." + urgency, cell->second, known.priorities);
    }
  }
  for (const auto& [urgency, priority] :
       std::map<std::string, std::string>(row.priority().begin(), row.priority().end())) {
    if (known.urgencies.has(urgency)) continue;
    f.add(path + ".priority." + urgency, show(urgency) + " is not in `urgencies`",
          known.urgencies.remedy());
    check_reference(f, path + ".priority." + urgency, priority, known.priorities);
  }
}

void check_leads_to_a_set(findings& f, const std::string& path, const config::v1::CallTemplate& t,
                          const config::v1::Partition& p) {
  const auto leads_here = [&](const auto& set) {
    return set.status() == t.status() && set.stream() == t.stream();
  };
  if (p.screen_sets().empty() || !t.screen_set().empty()) return;
  if (std::ranges::any_of(p.screen_sets(), leads_here)) return;
  f.add(path + ".screen_set",
        "status " + show(t.status()) + " and stream " + show(t.stream()) +
            " lead to no call screen set",
        make_named_list("screen_sets", p.screen_sets()).remedy() +
            "; or add a set for this status and stream");
}

}  // namespace

void check_lists(findings& f, const config::v1::Partition& p) {
  check_scale(f, "impacts", p.impacts());
  check_scale(f, "urgencies", p.urgencies());
  check_scale(f, "priorities", p.priorities(), max_priority_length);
  check_unique_names(f, "statuses", p.statuses());
  check_unique_names(f, "streams", p.streams());
  check_unique_names(f, "offices", p.offices());
  check_unique_names(f, "groups", p.groups());
}

void check_matrix(findings& f, const config::v1::Partition& p) {
  const scales known{make_name_list("impacts", p.impacts()),
                     make_name_list("urgencies", p.urgencies()),
                     make_name_list("priorities", p.priorities())};
  std::set<std::string> rows;
  for (int i = 0; i < p.matrix_size(); ++i) {
    const auto& row = p.matrix(i);
    const std::string path = indexed("matrix", i);
    check_reference(f, path + ".impact", row.impact(), known.impacts);
    if (!row.impact().empty() && !rows.insert(row.impact()).second) {
      f.add(path + ".impact", "impact " + show(row.impact()) + " has a row already",
            "keep one row per impact");
    } else if (known.impacts.has(row.impact())) {
      check_cells(f, path, row, known);
    }
  }
  for (const auto& impact : known.impacts.in_order) {
    if (rows.contains(impact)) continue;
    f.add("matrix", "there is no row for impact " + show(impact),
          "add a row with a priority for each urgency");
  }
}

void check_screen_sets(findings& f, const config::v1::Partition& p) {
  const auto statuses = make_name_list("statuses", p.statuses());
  const auto streams = make_name_list("streams", p.streams());
  check_unique_items(f, "screen_sets", p.screen_sets());
  std::map<std::pair<std::string, std::string>, std::string> leads;
  for (int i = 0; i < p.screen_sets_size(); ++i) {
    const auto& set = p.screen_sets(i);
    const std::string path = indexed("screen_sets", i);
    check_reference(f, path + ".status", set.status(), statuses);
    check_reference(f, path + ".stream", set.stream(), streams);
    const auto [first, fresh] = leads.emplace(std::pair{set.status(), set.stream()}, set.name());
    if (!fresh) {
      f.add(path,
            "status " + show(set.status()) + " and stream " + show(set.stream()) +
                " lead to the set " + show(first->second) + " already",
            "give each set its own pair of status and stream");
    }
  }
}

void check_templates(findings& f, const config::v1::Partition& p) {
  const auto statuses = make_name_list("statuses", p.statuses());
  const auto streams = make_name_list("streams", p.streams());
  const auto sets = make_named_list("screen_sets", p.screen_sets());
  const auto offices = make_name_list("offices", p.offices());
  const auto groups = make_name_list("groups", p.groups());
  const auto impacts = make_name_list("impacts", p.impacts());
  const auto urgencies = make_name_list("urgencies", p.urgencies());
  check_unique_items(f, "templates", p.templates());
  for (int i = 0; i < p.templates_size(); ++i) {
    const auto& t = p.templates(i);
    const std::string path = indexed("templates", i);
    check_reference(f, path + ".status", t.status(), statuses);
    check_reference(f, path + ".stream", t.stream(), streams);
    check_reference(f, path + ".screen_set", t.screen_set(), sets, true);
    check_leads_to_a_set(f, path, t, p);
    check_reference(f, path + ".office", t.office(), offices, true);
    check_reference(f, path + ".group", t.group(), groups, true);
    check_reference(f, path + ".impact", t.impact(), impacts);
    check_reference(f, path + ".urgency", t.urgency(), urgencies);
    check_one_line(f, path + ".default_subject", t.default_subject());
  }
}

}  // namespace postroom::partitions
