#include <gtest/gtest.h>

#include "tests/channels/imap_dialogs.hpp"
#include "tests/channels/inbound_client.hpp"

namespace postroom::channels {
namespace {

using namespace support;

std::string item(uint64_t uid, uint64_t size = 10) {
  return "* 1 FETCH (UID " + std::to_string(uid) + " RFC822.SIZE " + std::to_string(size) +
         " INTERNALDATE \"01-Jan-1970 00:00:01 +0000\")";
}

std::string window(const std::string& set) {
  return "UID FETCH " + set + " (UID RFC822.SIZE INTERNALDATE)";
}

std::vector<uint64_t> uids_of(const result<listing>& r) {
  EXPECT_TRUE(r.ok()) << (r.ok() ? "" : r.error().detail);
  std::vector<uint64_t> out;
  if (r.ok()) {
    for (const auto& mail : r->mails) out.push_back(mail.uid);
  }
  return out;
}

using uids = std::vector<uint64_t>;

TEST(imap_list, passes_over_the_last_mail_that_a_star_always_names) {
  scripted_server server(
      dialog{opened(), answered("NOOP"), C("{t} " + window("100:*")), S(item(99)), S("{t} OK")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  EXPECT_EQ(uids_of(client.list(99)), uids{});
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_list, sorts_what_comes_and_ignores_what_was_not_asked_for) {
  scripted_server server(dialog{opened(), answered("NOOP"), C("{t} " + window("5:*")),
                                S(item(40, 7)), S(item(9)), S(item(3)),
                                S("* 2 FETCH (FLAGS () UID 50)"), S("* 2 FETCH (FLAGS ())"),
                                S(item(9)), S("* 4 EXISTS"), S("{t} OK")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  const auto got = client.list(4);
  EXPECT_EQ(uids_of(got), (uids{9, 40}));
  EXPECT_EQ(got->mails.back().size, 7u);
  EXPECT_EQ(to_millis(got->mails.back().internal_date.value()), 1'000);
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_list, keeps_the_first_ones_when_more_come_than_wanted) {
  scripted_server server(dialog{opened(), answered("NOOP"), C("{t} " + window("99:*")),
                                S(item(103)), S(item(101)), S(item(100)), S(item(102)),
                                S("{t} OK")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  EXPECT_EQ(uids_of(client.list(98, 2)), (uids{100, 101}));
}

TEST(imap_list, finds_the_next_mail_behind_a_gap_by_esearch) {
  scripted_server server(dialog{opened("ESEARCH"), answered("NOOP"), C("{t} " + window("1:4")),
                                S(item(1)), S("{t} OK"), C("{t} " + window("5:8")), S("{t} OK"),
                                C("{t} UID SEARCH RETURN (MIN) UID 9:*"),
                                S("* ESEARCH (TAG \"{t}\") UID MIN 97"), S("{t} OK"),
                                C("{t} " + window("97:*")), S(item(97)), S(item(99)), S("{t} OK")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  EXPECT_EQ(uids_of(client.list(0, 4)), (uids{1, 97, 99}));
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_list, finds_the_next_mail_behind_a_gap_without_esearch) {
  scripted_server server(
      dialog{signed_in(""), C("{t} SELECT \"INBOX\""), S("* 3 EXISTS"), S("* OK [UIDVALIDITY 7]"),
             S("* OK [UIDNEXT 200001]"), S("{t} OK done"), answered("NOOP"),
             answered(window("1:2")), C("{t} UID SEARCH UID 3:65538"), S("* SEARCH"), S("{t} OK"),
             C("{t} UID SEARCH UID 65539:131074"), S("* SEARCH 131000 70000 70001"), S("{t} OK"),
             C("{t} " + window("70000:70001")), S(item(70'000)), S(item(70'001)), S("{t} OK")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  EXPECT_EQ(uids_of(client.list(0, 2)), (uids{70'000, 70'001}));
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_list, ends_at_the_end_of_all_uids) {
  scripted_server server(dialog{opened(), answered("NOOP"), C("{t} " + window("4294967295:*")),
                                S("{t} OK"), answered("NOOP")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  EXPECT_EQ(uids_of(client.list(4'294'967'294)), uids{});
  EXPECT_EQ(uids_of(client.list(~uint64_t{0})), uids{});
  EXPECT_EQ(uids_of(client.list(0, 0)), uids{});
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_list, tells_a_refusal) {
  scripted_server server(
      dialog{opened(), answered("NOOP"), answered(window("1:*"), "NO [INUSE] busy")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  EXPECT_EQ(client.list().code(), ec::server_busy);
}

/// Settles on a server with these capabilities that says `rest`; the outcome.
result<void> settle(const std::string& capabilities, dialog rest, after_commit action,
                    std::vector<uint64_t> which, const std::string& folder = {}) {
  scripted_server server(dialog{opened(capabilities), std::move(rest)});
  inbound_client client(settings_for(server));
  EXPECT_TRUE(client.open().ok());
  auto r = client.settle(mails(std::move(which)), action, folder);
  EXPECT_EQ(server.verdict(), "");
  return r;
}

TEST(imap_settle, marks_moves_and_removes_by_uid) {
  EXPECT_TRUE(settle("MOVE UIDPLUS", dialog{answered("UID STORE 1:3,9 +FLAGS.SILENT (\\Seen)")},
                     after_commit::mark_seen, {9, 1, 3, 2})
                  .ok());
  EXPECT_TRUE(settle("MOVE UIDPLUS", dialog{answered("UID MOVE 4 \"Done &- dusted\"")},
                     after_commit::move, {4}, "Done & dusted")
                  .ok());
  EXPECT_TRUE(
      settle("MOVE UIDPLUS",
             dialog{answered("UID STORE 4 +FLAGS.SILENT (\\Deleted)"), answered("UID EXPUNGE 4")},
             after_commit::remove, {4})
          .ok());
  EXPECT_TRUE(settle("MOVE UIDPLUS", dialog{}, after_commit::leave, {4}).ok());
  EXPECT_TRUE(settle("MOVE UIDPLUS", dialog{}, after_commit::remove, {}).ok());
}

TEST(imap_settle, makes_the_folder_once) {
  EXPECT_TRUE(settle("MOVE",
                     dialog{answered("UID MOVE 4 \"Done\"", "NO [TRYCREATE] no folder"),
                            answered("CREATE \"Done\""), answered("UID MOVE 4 \"Done\"")},
                     after_commit::move, {4}, "Done")
                  .ok());
  EXPECT_EQ(settle("MOVE",
                   dialog{answered("UID MOVE 4 \"Done\"", "NO [TRYCREATE] no folder"),
                          answered("CREATE \"Done\"", "NO [ALREADYEXISTS] it is there"),
                          answered("UID MOVE 4 \"Done\"", "NO [TRYCREATE] no folder")},
                   after_commit::move, {4}, "Done")
                .code(),
            ec::mailbox_missing);
  EXPECT_EQ(settle("MOVE",
                   dialog{answered("UID MOVE 4 \"Done\"", "NO [NONEXISTENT] no folder"),
                          answered("CREATE \"Done\"", "NO [NOPERM] no")},
                   after_commit::move, {4}, "Done")
                .code(),
            ec::unsupported);
}

TEST(imap_settle, without_move_copies_what_was_not_copied_before) {
  EXPECT_TRUE(settle("UIDPLUS",
                     dialog{C("{t} UID SEARCH UID 4:6 UNDELETED"), S("* SEARCH 4 6"), S("{t} OK"),
                            answered("UID COPY 4,6 \"Done\"", "NO [TRYCREATE] no"),
                            answered("CREATE \"Done\""), answered("UID COPY 4,6 \"Done\""),
                            answered("UID STORE 4:6 +FLAGS.SILENT (\\Deleted)"),
                            answered("UID EXPUNGE 4:6")},
                     after_commit::move, {4, 5, 6}, "Done")
                  .ok());
  EXPECT_TRUE(
      settle("UIDPLUS",
             dialog{C("{t} UID SEARCH UID 4 UNDELETED"), S("* SEARCH"), S("{t} OK"),
                    answered("UID STORE 4 +FLAGS.SILENT (\\Deleted)"), answered("UID EXPUNGE 4")},
             after_commit::move, {4}, "Done")
          .ok());
}

TEST(imap_settle, without_move_copies_no_mail_that_a_lying_search_names) {
  EXPECT_TRUE(
      settle(
          "UIDPLUS",
          dialog{C("{t} UID SEARCH UID 4:6 UNDELETED"), S("* SEARCH 99 6 3 4"),
                 S("* SEARCH 1 4 4294967295"), S("{t} OK"), answered("UID COPY 4,6 \"Done\""),
                 answered("UID STORE 4:6 +FLAGS.SILENT (\\Deleted)"), answered("UID EXPUNGE 4:6")},
          after_commit::move, {4, 5, 6}, "Done")
          .ok());
  EXPECT_TRUE(
      settle("UIDPLUS",
             dialog{C("{t} UID SEARCH UID 4 UNDELETED"), S("* SEARCH 99"), S("{t} OK"),
                    answered("UID STORE 4 +FLAGS.SILENT (\\Deleted)"), answered("UID EXPUNGE 4")},
             after_commit::move, {4}, "Done")
          .ok());
}

TEST(imap_settle, without_uidplus_expunges_only_when_all_marked_mails_are_its_own) {
  EXPECT_TRUE(settle("",
                     dialog{answered("UID STORE 4:5 +FLAGS.SILENT (\\Deleted)"),
                            C("{t} UID SEARCH DELETED"), S("* SEARCH 4 5"), S("{t} OK"),
                            answered("EXPUNGE")},
                     after_commit::remove, {4, 5})
                  .ok());
  EXPECT_TRUE(settle("",
                     dialog{answered("UID STORE 4:5 +FLAGS.SILENT (\\Deleted)"),
                            C("{t} UID SEARCH DELETED"), S("* SEARCH 4 5 6"), S("{t} OK")},
                     after_commit::remove, {4, 5})
                  .ok());
}

TEST(imap_settle, keeps_its_commands_short) {
  std::vector<uint64_t> many;
  for (uint64_t i = 0; i < 1'200; ++i) many.push_back(1'000'000 + 2 * i);
  std::vector<dialog> steps;
  // 500 mails a batch, 1,000 characters a command: 125 UIDs of 7 digits with their commas.
  for (int i = 0; i < 10; ++i) {
    steps.push_back({C_like("pr[0-9]+ UID STORE [0-9,]{1,1000} \\+FLAGS\\.SILENT \\(.Seen\\)"),
                     S_raw("pr" + std::to_string(3 + i) + " OK\r\n")});
  }
  EXPECT_TRUE(settle("",
                     dialog{steps[0], steps[1], steps[2], steps[3], steps[4], steps[5], steps[6],
                            steps[7], steps[8], steps[9]},
                     after_commit::mark_seen, many)
                  .ok());
}

TEST(imap_settle, tells_refusals_and_refuses_a_folder_it_cannot_name) {
  EXPECT_EQ(
      settle("", dialog{answered("UID STORE 4 +FLAGS.SILENT (\\Seen)", "NO [NOPERM] read-only")},
             after_commit::mark_seen, {4})
          .code(),
      ec::unsupported);
  EXPECT_EQ(settle("MOVE", dialog{answered("UID MOVE 4 \"Done\"", "NO [OVERQUOTA] full")},
                   after_commit::move, {4}, "Done")
                .code(),
            ec::server_busy);
  EXPECT_EQ(settle("MOVE", dialog{}, after_commit::move, {4}, "\xff").code(), ec::config_invalid);
}

TEST(imap_settle, runs_while_mails_come_in_and_reports_in_order) {
  scripted_server server(dialog{
      opened(), C("{t} UID FETCH 1 (UID BODY.PEEK[])"), C("{u} UID STORE 7 +FLAGS.SILENT (\\Seen)"),
      C("{v} UID FETCH 2 (UID BODY.PEEK[])"), S("{u} OK stored"), S_raw(fetch_answer(1, "one")),
      S("{t} OK"), S_raw(fetch_answer(2, "two")), S("{v} OK")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  std::mutex mutex;
  std::vector<std::string> order;
  const auto note = [&](std::string what, done_fn<void> then) -> done_fn<void> {
    return [&, what = std::move(what), then = std::move(then)](result<void> r) {
      {
        const std::lock_guard lock(mutex);
        order.push_back(what);
      }
      then(std::move(r));
    };
  };
  awaited_fetch one, two;
  awaited<void> settled;
  client.channel().fetch(mails({1}), one.on_mail(), note("fetch 1", one.done()));
  client.channel().settle(mails({7}), after_commit::mark_seen, "", note("settle", settled.done()));
  client.channel().fetch(mails({2}), two.on_mail(), note("fetch 2", two.done()));
  EXPECT_TRUE(two.get().end);
  EXPECT_TRUE(settled.get());
  EXPECT_TRUE(one.get().end);
  EXPECT_EQ(order, (std::vector<std::string>{"fetch 1", "settle", "fetch 2"}));
  EXPECT_EQ(server.verdict(), "");
}

}  // namespace
}  // namespace postroom::channels
