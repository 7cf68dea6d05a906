#include <ostream>
#include <utility>

#include "notify_fixture.hpp"

/// Who is told where, when mails to some of their addresses came back.
namespace postroom::partitions {
namespace {

using test::notify_test;
using list = std::vector<std::string>;

struct marked {
  std::string name;
  list addresses;                                          ///< of Sam
  std::vector<std::pair<std::string, std::string>> marks;  ///< address and status
  std::string told;                                        ///< where he is told; "": nowhere
  std::string note;                                        ///< "": there is none
  std::string partition = "IT";                            ///< his own
};

void PrintTo(const marked& row, std::ostream* to) {  // NOLINT: the name is gtest's
  *to << row.name;
}

const std::string one = "sam@example.com", two = "sam@home.test", three = "s.ple@work.test";
const std::string why = ": the address cannot be reached (5.1.1), as mails that came back say.";

const std::vector<marked> table = {
    {"reached", {one, two}, {}, one, ""},
    {"gone", {one}, {{one, "5.1.1"}}, "", "The user is not told at " + one + why},
    {"gone_with_another",
     {one, two},
     {{one, "5.1.1"}},
     two,
     "The user is not told at " + one + " but at " + two + why},
    {"gone_with_a_third",
     {one, two, three},
     {{one, "5.1.1"}, {two, "5.1.2"}},
     three,
     "The user is not told at " + one + " but at " + three + why},
    {"gone_everywhere",
     {one, two},
     {{one, "5.1.1"}, {two, "5.1.10"}},
     "",
     "The user is not told at " + one + why},
    {"gone_with_one_that_nobody_reads",
     {one, "noreply@home.test", "helpdesk@example.org", "sam"},
     {{one, "5.1.1"}},
     "",
     "The user is not told at " + one + why},
    {"gone_where_the_other_is_named_first",
     {two, one},
     {{one, "5.1.1"}},
     two,
     "The user is not told at " + one + " but at " + two + why},
    {"full_for_now", {one, two}, {{one, "5.2.2"}}, one, ""},
    {"away_for_now", {one, two}, {{one, "4.4.1"}}, one, ""},
    {"gone_for_another_partition", {one, two}, {{one, "5.1.1"}}, one, "", "OTHER"},
    {"the_other_one_gone", {one, two}, {{two, "5.1.1"}}, one, ""},
};

void mark(record::v1::Person& p, const std::string& address, const std::string& status) {
  auto& m = *p.add_marks();
  m.set_address(address);
  m.set_status(status);
}

struct notify_marks : notify_test {
  notify_marks() { update.clear_by(); }
  /// Where the mails go, in order; `left_out` gets the notes.
  list places(const partition_model& model, list* left_out, bool by_mail = false) {
    auto n = about(model, call_event::closed);
    if (!by_mail) n.mail = nullptr;
    list out;
    for (const auto& e : notify(n, left_out)) out.push_back(e.recipients(0).address());
    return out;
  }
};

struct notify_marks_table : notify_marks, testing::WithParamInterface<marked> {};

TEST_P(notify_marks_table, the_user_is_told_where_the_table_says) {
  const auto& row = GetParam();
  sam.set_partition(row.partition == "IT" ? config.id() : row.partition);
  sam.clear_addresses();
  for (const auto& a : row.addresses) sam.add_addresses(a);
  for (const auto& [address, status] : row.marks) mark(sam, address, status);
  list want{"ana@example.org", "first-line@example.org"};
  if (!row.told.empty()) want.insert(want.begin(), row.told);
  list left_out;
  const partition_model model(config, general, 1);
  EXPECT_EQ(places(model, &left_out), want);
  EXPECT_EQ(left_out, row.note.empty() ? list{} : list{row.note});
  EXPECT_EQ(places(model, nullptr), want) << "the notes need not be asked for";
}

INSTANTIATE_TEST_SUITE_P(address, notify_marks_table, testing::ValuesIn(table),
                         [](const auto& row) { return row.param.name; });

TEST_F(notify_marks, an_analyst_is_told_at_another_address_too) {
  ana.set_partition(config.id());
  ana.add_addresses("ana@home.test");
  mark(ana, "ana@example.org", "5.1.1");
  const partition_model model(config, general, 1);
  list left_out;
  EXPECT_EQ(places(model, &left_out), (list{one, "ana@home.test", "first-line@example.org"}));
  EXPECT_EQ(left_out,
            list{"The analyst is not told at ana@example.org but at ana@home.test" + why});
}

TEST_F(notify_marks, nobody_is_told_twice_at_an_address_that_two_have) {
  sam.set_partition(config.id());
  sam.add_addresses("Ana@example.org");
  mark(sam, one, "5.1.1");
  const partition_model model(config, general, 1);
  EXPECT_EQ(places(model, nullptr), (list{"Ana@example.org", "first-line@example.org"}));
}

TEST_F(notify_marks, an_answer_goes_to_where_the_mail_came_from_or_nowhere) {
  sam.set_partition(config.id());
  sam.add_addresses(two);
  mark(sam, one, "5.1.1");
  const partition_model model(config, general, 1);
  list left_out;
  EXPECT_EQ(places(model, &left_out, true), (list{"ana@example.org", "first-line@example.org"}));
  EXPECT_EQ(left_out, list{"The user is not told at " + one + why});
}

}  // namespace
}  // namespace postroom::partitions
