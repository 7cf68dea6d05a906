#include <algorithm>
#include <utility>

#include "partitions/checks.hpp"
#include "partitions/edit_parts.hpp"
#include "partitions/model.hpp"

namespace postroom::partitions {

namespace {

using config::v1::Partition;
using config::v1::Person;
using config::v1::Settings;

bool goes_by(const Person& person, std::string_view key) {
  if (person.addresses().empty()) return person.name() == key;
  return std::ranges::any_of(person.addresses(), [folded = fold_address(key)](const auto& a) {
    return fold_address(a) == folded;
  });
}

int place_of_person(const Partition& p, std::string_view key) {
  for (int i = 0; i < p.people_size(); ++i)
    if (goes_by(p.people(i), key)) return i;
  return -1;
}

/// How a person is called after an edit.
std::string key_of(const Person& person) {
  return person.addresses().empty() ? person.name() : person.addresses(0);
}

error nobody(const Partition& p, const std::string& key) {
  return fail(ec::not_found, "the configuration of partition " + p.id() + " has no person " +
                                 show(key) + "; `postroom people list` shows everybody");
}

std::function<Settings(const Settings&)> called(const std::string& partition,
                                                const std::string& key) {
  return [partition, key](const Settings& s) {
    return only(s, partition, [&](const Partition& from, Partition& to) {
      if (const auto* person = find_person(from, key)) *to.add_people() = *person;
    });
  };
}

edit about_person(const std::string& partition, const std::string& key,
                  const std::string& new_key) {
  edit out;
  out.name = "the person " + show(key);
  out.object = called(partition, key);
  out.object_after = called(partition, new_key);
  out.seen = [partition, new_key](const Settings& wanted, std::vector<problem> found) {
    const auto* p = find_partition(wanted, partition);
    // The one that was added last comes last.
    int i = p ? p->people_size() - 1 : -1;
    while (i >= 0 && !goes_by(p->people(i), new_key)) --i;
    return seen_in(partition, i < 0 ? std::string{} : indexed("people", i), std::move(found));
  };
  return out;
}

}  // namespace

const Person* find_person(const Partition& partition, std::string_view key) {
  const int i = place_of_person(partition, key);
  return i < 0 ? nullptr : &partition.people(i);
}

edit add_person(std::string partition, Person person) {
  auto out = about_person(partition, key_of(person), key_of(person));
  out.apply = [partition, person = std::move(person)](Settings now) {
    return in_partition(std::move(now), partition, [&](Partition& p) -> result<void> {
      *p.add_people() = person;
      return {};
    });
  };
  return out;
}

edit update_person(std::string partition, std::string key, Person person) {
  auto out = about_person(partition, key, key_of(person));
  out.apply = [partition, key, person = std::move(person)](Settings now) {
    return in_partition(std::move(now), partition, [&](Partition& p) -> result<void> {
      const int i = place_of_person(p, key);
      if (i < 0) return nobody(p, key);
      *p.mutable_people(i) = person;
      return {};
    });
  };
  return out;
}

edit remove_person(std::string partition, std::string key) {
  auto out = about_person(partition, key, key);
  out.apply = [partition, key](Settings now) {
    return in_partition(std::move(now), partition, [&](Partition& p) -> result<void> {
      const int i = place_of_person(p, key);
      if (i < 0) return nobody(p, key);
      p.mutable_people()->DeleteSubrange(i, 1);
      return {};
    });
  };
  return out;
}

}  // namespace postroom::partitions
