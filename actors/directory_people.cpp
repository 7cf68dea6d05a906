#include "actors/directory_people.hpp"

#include <algorithm>
#include <set>

#include "partitions/address_marks.hpp"
#include "partitions/people.hpp"

namespace postroom::actors {

namespace {

template <class Someone>
bool has_address(const Someone& p, const std::string& folded) {
  return std::any_of(p.addresses().begin(), p.addresses().end(),
                     [&](const auto& a) { return partitions::fold_address(a) == folded; });
}

/// The configured person that shares an address with `p`.
const config::v1::Person* configured(const record::v1::Person& p,
                                     const partitions::partition_model& model) {
  for (const auto& c : model.config().people())
    for (const auto& a : c.addresses())
      if (has_address(p, partitions::fold_address(a))) return &c;
  return nullptr;
}

}  // namespace

void take_config(record::v1::Person& p, const config::v1::Person& c,
                 const partitions::partition_model& model) {
  p.set_partition(model.id().value);
  p.set_name(c.name());
  p.clear_addresses();
  for (const auto& a : c.addresses()) p.add_addresses(a);
  p.set_analyst(c.analyst());
  p.set_template_(c.template_());
  p.set_active(partitions::is_active(c));
  p.set_format(c.format());
  p.set_language(c.language());
  p.set_mail_commands(c.mail_commands());
  p.set_from_config(true);
  // A User flag that a mail switched on stays on.
  p.set_user(c.user() || !p.user_flag_by().empty());
  partitions::drop_old_marks(p);
}

record::v1::Person with_mark(record::v1::Person p, const record::v1::AddressMark& mark) {
  for (auto& old : *p.mutable_marks()) {
    if (old.address() != mark.address()) continue;
    const auto reports = old.reports() + mark.reports();
    // What comes back for now does not take a complaint away.
    if (!partitions::is_complaint(old) || partitions::keeps_mails_away(mark)) old = mark;
    old.set_reports(reports);
    return p;
  }
  *p.add_marks() = mark;
  return p;
}

bool clear_mark(record::v1::Person& p, const std::string& folded_address) {
  auto& marks = *p.mutable_marks();
  const auto gone = std::remove_if(marks.begin(), marks.end(),
                                   [&](const auto& m) { return m.address() == folded_address; });
  if (gone == marks.end()) return false;
  marks.erase(gone, marks.end());
  return true;
}

std::vector<record::v1::Person> people_as_if(std::vector<record::v1::Person> found,
                                             const std::string& folded_address,
                                             const partitions::partition_model& model) {
  std::set<const config::v1::Person*> known;
  for (auto& p : found) {
    if (p.partition() != model.id().value) continue;
    if (const auto* c = configured(p, model)) {
      take_config(p, *c, model);
      known.insert(c);
    } else if (p.from_config()) {
      p.set_analyst(false);
      p.set_active(false);
    }
  }
  std::erase_if(found, [&](const auto& p) { return !has_address(p, folded_address); });
  for (const auto& c : model.config().people())
    if (has_address(c, folded_address) && !known.contains(&c))
      take_config(found.emplace_back(), c, model);
  return found;
}

}  // namespace postroom::actors
