#include "partitions/address_marks.hpp"

#include <algorithm>

#include "partitions/model.hpp"

namespace postroom::partitions {

namespace {

// RFC 3463, 3.2 to 3.5, and RFC 7505 for 5.1.10. X.1.4, .5, .7 and .8 are not about an address that
// is gone; X.2.2 is a full mailbox; X.7 is about the one mail or its sender.
constexpr std::string_view for_good[] = {"5.1.0", "5.1.1",  "5.1.2", "5.1.3",
                                         "5.1.6", "5.1.10", "5.2.1", "5.4.4"};

}  // namespace

bool is_unreachable(const record::v1::AddressMark& mark) {
  return std::ranges::find(for_good, mark.status()) != std::end(for_good);
}

bool is_complaint(const record::v1::AddressMark& mark) {
  return mark.status() == complaint_status;
}

bool keeps_mails_away(const record::v1::AddressMark& mark) {
  return is_unreachable(mark) || is_complaint(mark);
}

std::string why_kept_away(const record::v1::AddressMark& mark) {
  if (is_complaint(mark)) return "its reader complained of our mails (" + mark.diagnostic() + ")";
  return "the address cannot be reached (" + mark.status() + "), as mails that came back say";
}

const record::v1::AddressMark* unreachable_mark(const record::v1::Person& person,
                                                std::string_view folded) {
  for (const auto& mark : person.marks())
    if (mark.address() == folded && keeps_mails_away(mark)) return &mark;
  return nullptr;
}

void drop_old_marks(record::v1::Person& person) {
  auto& marks = *person.mutable_marks();
  const auto has = [&](const auto& mark) {
    return std::ranges::any_of(person.addresses(),
                               [&](const auto& a) { return fold_address(a) == mark.address(); });
  };
  const auto gone = std::stable_partition(marks.begin(), marks.end(), has);
  marks.erase(gone, marks.end());
}

}  // namespace postroom::partitions
