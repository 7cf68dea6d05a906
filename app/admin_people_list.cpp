#include <algorithm>

#include "app/admin_directory.hpp"
#include "app/admin_pages.hpp"
#include "app/words.hpp"
#include "partitions/address_marks.hpp"
#include "partitions/model.hpp"
#include "storage/keys.hpp"

namespace postroom::app {
namespace {

using namespace admin::v1;
namespace keys = storage::keys;

/// People of other partitions that one page walks past, some 20 ms.
constexpr uint32_t max_walked_past = 20'000;

/// The token of a page is the last number on it, or the last one looked at.
result<uint64_t> number_of_token(const std::string& token) {
  if (token.empty()) return 0;
  if (const auto number = to_number(token); number && *number > 0 && *number < UINT64_MAX)
    return *number;
  return fail(ec::config_invalid, "page_token is none this server gave; start again without it");
}

/// What a person must be to be listed. Made once a request.
class people_filter {
 public:
  people_filter(const ListPeopleRequest& r, const access::caller& who)
      : request_(r), who_(who), text_(partitions::fold_address(r.text())) {}

  /// Of a partition where the caller may, and that was asked for.
  [[nodiscard]] bool sees(const record::v1::Person& p) const {
    return (request_.partition().empty() || p.partition() == request_.partition()) &&
           who_.may(PEOPLE_SETUP, p.partition());
  }
  /// One of those, and as wanted.
  [[nodiscard]] bool keeps(const record::v1::Person& p) const {
    const auto& r = request_;
    return (!r.has_user() || p.user() == r.user()) &&
           (!r.has_analyst() || p.analyst() == r.analyst()) &&
           (!r.has_template_() || p.template_() == r.template_()) &&
           (!r.has_active() || p.active() == r.active()) && has_text(p);
  }

 private:
  [[nodiscard]] bool has_text(const record::v1::Person& p) const {
    const auto holds = [&](const std::string& text) {
      return partitions::fold_address(text).find(text_) != std::string::npos;
    };
    return text_.empty() || holds(p.name()) || std::ranges::any_of(p.addresses(), holds);
  }

  const ListPeopleRequest& request_;
  const access::caller& who_;
  std::string text_;
};

}  // namespace

DirectoryPerson shown_person(const record::v1::Person& p) {
  DirectoryPerson out;
  out.set_partition(p.partition());
  out.set_id(p.id());
  out.set_from_mail(!p.from_config());
  out.set_user_by_mail(!p.user_flag_by().empty());
  out.set_created_at(p.created_at());
  auto& person = *out.mutable_person();
  person.set_name(p.name());
  *person.mutable_addresses() = p.addresses();
  person.set_analyst(p.analyst());
  person.set_user(p.user());
  person.set_template_(p.template_());
  if (!p.active()) person.set_active(false);
  person.set_format(p.format());
  person.set_language(p.language());
  person.set_mail_commands(p.mail_commands());
  for (const auto& mark : p.marks()) {
    auto& shown = *out.add_marks();
    *shown.mutable_mark() = mark;
    shown.set_unreachable(partitions::keeps_mails_away(mark));
  }
  return out;
}

result<ListPeopleResponse> list_people(const storage::unit_store& store,
                                       const ListPeopleRequest& request,
                                       const access::caller& who) {
  const auto after = number_of_token(request.page_token());
  if (!after) return after.error();
  const people_filter filter{request, who};
  page_budget budget{request.page_size()};
  ListPeopleResponse out;
  uint64_t last = 0;
  uint32_t walked_past = 0;
  const auto scanned =
      store.scan({keys::person(person_id{*after + 1}), keys::all_of(keys::kind::person).last},
                 [&](std::string_view key, std::string_view value) {
                   record::v1::Person p;
                   if (!p.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
                     report_unreadable(
                         {partition_id{"directory"}, keys::trailing_u64(key), std::string{value}});
                     return true;
                   }
                   const auto id = keys::trailing_u64(key);
                   // Neither the token nor the length of a page may tell of other partitions more
                   // than the numbers of people do, which are the node's.
                   if (!filter.sees(p)) {
                     if (++walked_past < max_walked_past) return true;
                     out.set_next_page_token(std::to_string(id));
                     return false;
                   }
                   if (budget.spent()) {
                     out.set_next_page_token(std::to_string(last));
                     return false;
                   }
                   last = id;
                   budget.examined(value.size());
                   if (!filter.keeps(p)) return true;
                   *out.add_people() = shown_person(p);
                   budget.took();
                   return true;
                 });
  if (!scanned) return scanned.error();
  return out;
}

}  // namespace postroom::app
