#include "actors/connection_breakers.hpp"

#include "tests/actors/poller_fixture.hpp"

/// Mails of which the server, or a machine on the way to it, dies each time.
namespace postroom::actors::test {
namespace {

constexpr time_point noon{duration{1'795'435'200'000}};

TEST(connection_breakers, leave_a_mail_alone_when_it_can_be_no_chance_any_more) {
  connection_breakers b;
  EXPECT_FALSE(b.note("7", noon));
  EXPECT_FALSE(b.note("7", noon));
  EXPECT_FALSE(b.left_alone_until("7", noon));
  EXPECT_TRUE(b.note("7", noon));
  EXPECT_EQ(b.left_alone_until("7", noon), noon + duration{5 * 60'000});
  EXPECT_FALSE(b.left_alone_until("8", noon));
  EXPECT_FALSE(b.left_alone_until("7", noon + duration{5 * 60'000})) << "then it is tried again";
}

TEST(connection_breakers, double_the_pause_up_to_six_hours) {
  connection_breakers b;
  for (int i = 0; i < 4; ++i) b.note("7", noon);
  EXPECT_EQ(b.left_alone_until("7", noon), noon + duration{10 * 60'000});
  for (int i = 0; i < 100; ++i) b.note("7", noon);
  EXPECT_EQ(b.left_alone_until("7", noon), noon + duration{6 * 3'600'000});
}

TEST(connection_breakers, forget_a_mail_that_came) {
  connection_breakers b;
  for (int i = 0; i < 3; ++i) b.note("7", noon);
  b.came("7");
  EXPECT_FALSE(b.left_alone_until("7", noon));
  EXPECT_FALSE(b.note("7", noon));
}

TEST(connection_breakers, remember_no_more_than_a_hundred_mails) {
  connection_breakers b;
  for (int mail = 0; mail < 101; ++mail)
    for (int i = 0; i < 3; ++i) b.note(std::to_string(mail), noon);
  EXPECT_TRUE(b.left_alone_until("99", noon));
  EXPECT_FALSE(b.left_alone_until("100", noon));
}

struct broken_at_a_mail : poller_test {
  /// Lives until the mailbox rests, or `most` of them.
  int lives(int most) {
    for (int life_number = 1; life_number <= most; ++life_number) {
      start();
      if (!death->dead) return life_number;
    }
    return most + 1;
  }
};

TEST_F(broken_at_a_mail, the_fourth_life_takes_the_others) {
  admin::v1::PartitionStatus part;
  part.set_id("IT");
  board->set_partition(part);
  mails(5);
  server->deadly = {3};
  EXPECT_EQ(lives(10), 4);
  EXPECT_EQ(book->uids(), (list{1, 2, 4, 5}));
  EXPECT_EQ(status().server_without_outcome(), 1u);
}

TEST_F(broken_at_a_mail, the_fourth_life_takes_the_others_of_a_pop3_server_too) {
  use_pop3();
  mails(5);
  server->deadly = {3};
  EXPECT_EQ(lives(10), 4);
  EXPECT_EQ(book->uids(), (list{1, 2, 4, 5}));
}

TEST_F(broken_at_a_mail, it_is_tried_again_and_taken_when_the_server_is_mended) {
  mails(5);
  server->deadly = {3};
  EXPECT_EQ(lives(10), 4);
  server->deadly.clear();
  advance(duration{15 * 60'000});
  server->announce();
  run();
  EXPECT_EQ(book->uids(), (list{1, 2, 4, 5, 3}));
}

TEST_F(broken_at_a_mail, one_that_is_read_in_pieces_is_left_alone_too) {
  in().set_max_mail_size("1KiB");
  mails(2);
  server->add(raw_mail("large") + std::string(5'000, 'x'));
  mails(1);
  server->deadly = {3};
  EXPECT_EQ(lives(10), 4);
  EXPECT_EQ(book->uids(), (list{1, 2, 4}));
}

TEST_F(broken_at_a_mail, a_server_that_ends_connections_by_chance_blames_no_mail) {
  mails(5);
  for (const uint64_t at : {3, 3, 4, 4, 5, 5}) {
    server->deadly = {at};
    start();
    EXPECT_TRUE(death->dead);
  }
  server->deadly.clear();
  start();
  EXPECT_EQ(book->uids(), one_to(5));
}

}  // namespace
}  // namespace postroom::actors::test
