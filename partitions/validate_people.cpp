#include <map>

#include "partitions/checks.hpp"
#include "partitions/model.hpp"

namespace postroom::partitions {

namespace {

void check_person(findings& f, const std::string& path, const config::v1::Person& person) {
  check_name(f, path + ".name", person.name());
  if (person.addresses().empty() && !person.template_()) {
    f.add(path + ".addresses", "is empty", "give at least one address: mail knows people by it");
  }
  if (!person.analyst() && !person.user() && !person.template_()) {
    f.add(path, show(person.name()) + " is neither an analyst nor a user",
          "set `analyst: true`, `user: true` or both");
  }
  if (person.mail_commands() && !person.analyst()) {
    f.add(path + ".mail_commands", show(person.name()) + " is no analyst",
          "set `analyst: true` as well, or leave `mail_commands` out: only analysts send commands");
  }
  check_word(f, path + ".format", person.format(), {"HTML", "PLAIN"});
  check_language(f, path + ".language", person.language());
}

}  // namespace

void check_people(findings& f, const config::v1::Partition& p) {
  std::map<std::string, std::string> owners;
  for (int i = 0; i < p.people_size(); ++i) {
    const auto& person = p.people(i);
    const std::string path = indexed("people", i);
    check_person(f, path, person);
    for (int k = 0; k < person.addresses_size(); ++k) {
      const std::string at = path + "." + indexed("addresses", k);
      const auto& address = person.addresses(k);
      check_address(f, at, address);
      const auto [first, fresh] = owners.emplace(fold_address(address), person.name());
      if (!fresh && !address.empty()) {
        f.add(at, show(address) + " is an address of " + show(first->second) + " already",
              "give each address to one person of the partition, once");
      }
    }
  }
}

}  // namespace postroom::partitions
