#include "partitions/people.hpp"

#include <algorithm>
#include <tuple>

#include "partitions/model.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

using record::v1::Person;

constexpr std::size_t max_name_bytes = 200;

bool created_by(const Person& p, const sender& from) {
  return !from.mail_key.empty() && p.created_by() == from.mail_key;
}

bool flagged_by(const Person& p, const sender& from) {
  return !from.mail_key.empty() && p.user_flag_by() == from.mail_key;
}

/// Those who may be chosen, best first. Whom this very mail has changed before a crash is the one
/// it chose then.
std::vector<const Person*> in_order_of_preference(const sender& from,
                                                  const std::vector<Person>& people,
                                                  const partition_id& partition) {
  std::vector<const Person*> order;
  for (const auto& p : people) {
    if (!p.template_()) order.push_back(&p);
  }
  const auto rank = [&](const Person* p) {
    return std::tuple{
        !created_by(*p, from), !flagged_by(*p, from), p->partition() != partition.value,
        !p->active(),          p->created_at(),       p->id()};
  };
  std::ranges::sort(order, {}, rank);
  return order;
}

std::string name_of(const sender& from) {
  std::string name = text::one_line(from.name);
  if (name.empty()) {
    const auto address = text::one_line(from.address);
    name = address.substr(0, address.rfind('@'));
  }
  return text::shorten(name, max_name_bytes);
}

sender_resolution new_user(const sender& from, const partition_id& partition, time_point now) {
  sender_resolution who;
  who.create = true;
  who.person.set_partition(partition.value);
  who.person.set_name(name_of(from));
  who.person.set_language(from.language);
  who.person.add_addresses(fold_address(from.address));
  who.person.set_user(true);
  who.person.set_active(true);
  who.person.set_created_at(to_millis(now));
  who.person.set_created_by(from.mail_key);
  return who;
}

}  // namespace

sender_resolution resolve_sender(const sender& from, const std::vector<Person>& same_address,
                                 const partition_id& partition, time_point now) {
  const auto order = in_order_of_preference(from, same_address, partition);
  if (order.empty()) return new_user(from, partition, now);

  sender_resolution who;
  who.person = *order.front();
  if (created_by(who.person, from)) return who;  // unknown, as the first time: there were no others
  for (auto other = order.begin() + 1; other != order.end(); ++other) {
    who.others.push_back((*other)->id());
  }
  const bool was_user = who.person.user() && !flagged_by(who.person, from);
  if (who.person.analyst()) {
    who.people_case = was_user ? record::v1::ANALYST_AND_USER : record::v1::ANALYST_ONLY;
  } else {
    who.people_case = record::v1::USER_ONLY;
  }
  if (!was_user && !from.unproved) {
    who.switch_user_flag_on = true;
    who.person.set_user(true);
    who.person.set_user_flag_by(from.mail_key);
  }
  return who;
}

const Person& logging_analyst(const sender_resolution& who, bool use_linked_analyst,
                              const Person* fallback) {
  const bool is_analyst = who.people_case == record::v1::ANALYST_ONLY ||
                          who.people_case == record::v1::ANALYST_AND_USER;
  if (fallback == nullptr || (use_linked_analyst && is_analyst)) return who.person;
  return *fallback;
}

}  // namespace postroom::partitions
