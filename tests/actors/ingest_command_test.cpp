#include "actors/call_index.hpp"
#include "tests/actors/ingest_fixture.hpp"

namespace postroom::actors::test {
namespace {

using names = std::vector<std::string>;

/// Ana, an analyst, sends commands; Una's mail has become call 1.
struct ingest_command_test : ingest_test {
  void SetUp() override {
    config.mutable_commands()->set_active(true);
    config.mutable_people(0)->set_mail_commands(true);
    ASSERT_TRUE(take({call_item(1, "red")}));
    record::v1::Person ana;
    ana.set_id(2);
    ana.set_partition("IT");
    ana.set_name("Ana Lyst");
    ana.add_addresses("ana@example.org");
    ana.set_analyst(true);
    ana.set_user(true);
    ana.set_active(true);
    ana.set_mail_commands(true);
    known_people = {ana};
  }
  mail_item command(uint64_t uid, const std::string& subject, const std::string& text = "\r\n",
                    mail::trust proof = mail::trust::aligned) {
    auto item = item_of(uid, "c" + std::to_string(uid) + "@x", "ana@example.org",
                        "Subject: " + subject + "\r\n", text);
    item.trust = {proof, "dmarc"};
    return item;
  }
  record::v1::Call call(uint64_t n = 1) const {
    return record<record::v1::Call>(keys::call(call_number{n}));
  }
  record::v1::CallUpdate update(uint64_t of_call, uint32_t n = 1) const {
    return record<record::v1::CallUpdate>(keys::call_update(call_number{of_call}, n));
  }
  names notes(uint64_t of_call, uint32_t n = 1) const {
    const auto found = update(of_call, n);
    return {found.notes().begin(), found.notes().end()};
  }
  names ledger_notes(uint64_t uid) const {
    const auto entry = record<record::v1::LedgerEntry>(keys::ledger(call_item(uid, "x").key));
    return {entry.notes().begin(), entry.notes().end()};
  }
  record::v1::OutboxEntry newest_mail() const {
    return all<record::v1::OutboxEntry>(keys::kind::outbox).back();
  }
};

TEST_F(ingest_command_test, the_ledger_says_who_gave_which_command_by_what_right_and_why_not) {
  ASSERT_TRUE(take({command(2, "#close IT-000001"), command(3, "#close IT-000001"),
                    command(4, "#close nothing"), command(5, "#log A call")}));
  const auto entry = [&](uint64_t uid) {
    return record<record::v1::LedgerEntry>(keys::ledger(command(uid, "").key));
  };
  EXPECT_EQ(entry(2).command(),
            "\"Ana Lyst\", an active analyst of partition IT with mail_commands, gave the command "
            "#close.");
  EXPECT_EQ(entry(2).trust(), record::v1::ALIGNED);
  EXPECT_EQ(entry(3).note(), "[IT-000001] is already closed");
  EXPECT_EQ(entry(3).notes_size(), 1) << "what its sender was told";
  EXPECT_NE(entry(4).notes(0).find("\"nothing\" is no call."), std::string::npos)
      << entry(4).notes(0);
  EXPECT_EQ(entry(4).sent_size(), 1) << "the answer";
  const auto why = call(2).decision().notes();
  const auto said = [&](const char* note) {
    return std::find(why.begin(), why.end(), note) != why.end();
  };
  EXPECT_TRUE(said("The Logging Analyst is \"Ana Lyst\", who gave the command."));
  EXPECT_TRUE(said("The User is \"Ana Lyst\", an Analyst and a User."));
}

TEST_F(ingest_command_test, closing_a_call_adds_the_text_closes_and_answers) {
  ASSERT_TRUE(take({command(2, "#close IT-000001", "Solved it.\r\n")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 command"}));
  EXPECT_EQ(call().state(), record::v1::CLOSED);
  EXPECT_EQ(call().closed_at(), to_millis(noon));
  const auto update = record<record::v1::CallUpdate>(keys::call_update(call_number{1}, 1));
  EXPECT_EQ(update.kind(), record::v1::CallUpdate::COMMAND);
  EXPECT_EQ(update.text(), "Solved it.\n");
  const auto answer = newest_mail();
  EXPECT_EQ(answer.kind(), "command_answer");
  EXPECT_EQ(answer.recipients(0).address(), "ana@example.org");
  EXPECT_EQ(answer.in_reply_to(), "c2@x");
  EXPECT_EQ(answer.call(), 1u);
}

TEST_F(ingest_command_test, commands_of_one_round_see_each_other) {
  ASSERT_TRUE(take({command(2, "#close 1"), command(3, "#close 1"), command(4, "#reopen IT-1"),
                    command(5, "#update IT-1", "More.\r\n")}));
  EXPECT_EQ(call().state(), record::v1::OPEN);
  EXPECT_EQ(call().updates(), 3u) << "closing what is closed adds nothing";
  EXPECT_EQ(count(keys::kind::outbox), 5u) << "each is answered";
}

TEST_F(ingest_command_test, a_sender_who_is_not_proved_commands_nothing) {
  ASSERT_TRUE(take({command(2, "#close IT-000001", "x\r\n", mail::trust::unaligned),
                    command(3, "#close IT-000001", "y\r\n", mail::trust::none)}));
  EXPECT_EQ(call().state(), record::v1::OPEN);
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 logged", "it-in/7/3 logged"}));
  EXPECT_EQ(count(keys::kind::outbox), 2u) << "the one who is proved wrong is not answered";
  const auto forged = call(2);
  EXPECT_NE(forged.decision().notes(forged.decision().notes_size() - 1).find("is no command"),
            std::string::npos);
}

TEST_F(ingest_command_test, who_is_not_proved_is_told_that_nothing_was_done_and_no_more) {
  ASSERT_TRUE(take({command(2, "#close IT-000001", "x\r\n", mail::trust::none)}));
  ASSERT_EQ(count(keys::kind::outbox), 2u) << "in the place of an acknowledgement";
  const auto told = newest_mail();
  EXPECT_EQ(told.kind(), "command_answer");
  EXPECT_EQ(told.recipients(0).address(), "ana@example.org");
  EXPECT_EQ(told.call(), 2u);
  EXPECT_EQ(told.subject(), "[IT] your command was not carried out");
  EXPECT_EQ(told.text(),
            "The command in the subject of your mail was not carried out, as nothing proves who "
            "wrote it. The mail was logged as a call.");
  for (const auto& said :
       {told.subject(), told.text(), told.html(), told.message_id(), told.reply_to()})
    EXPECT_EQ(said.find("IT-0"), std::string::npos) << said << " names a call";
  EXPECT_EQ(call(2).decision().answer(),
            "Its sender is told that the command was not carried out.");
}

TEST_F(ingest_command_test, a_refused_command_is_answered_only_as_often_as_any_mail) {
  config.mutable_answer_limits()->set_per_sender(2);
  std::vector<mail_item> many;
  for (uint64_t uid = 2; uid <= 6; ++uid)
    many.push_back(command(uid, "#close IT-000001", "x\r\n", mail::trust::none));
  ASSERT_TRUE(take(std::move(many)));
  EXPECT_EQ(count(keys::kind::outbox), 1u + 2u);
  auto by_program = command(7, "#close IT-000001", "x\r\n", mail::trust::none);
  auto parsed = *by_program.parsed;
  parsed.author.kind = mail::origin::auto_reply;
  by_program.parsed = std::make_shared<const mail::parsed_mail>(parsed);
  ASSERT_TRUE(take({by_program}));
  EXPECT_EQ(count(keys::kind::outbox), 1u + 2u);
}

TEST_F(ingest_command_test, who_could_give_no_commands_anyway_is_answered_like_anybody) {
  known_people[0].set_mail_commands(false);
  ASSERT_TRUE(take({command(2, "#close IT-000001", "x\r\n", mail::trust::none)}));
  EXPECT_EQ(newest_mail().kind(), "acknowledgement");
}

TEST_F(ingest_command_test, a_user_commands_nothing) {
  known_people.clear();
  ASSERT_TRUE(take({command(2, "#close IT-000001", "x\r\n")}));
  EXPECT_EQ(ledger()[1], "it-in/7/2 logged");
  EXPECT_EQ(call().state(), record::v1::OPEN);
}

TEST_F(ingest_command_test, a_refused_command_in_a_reply_leaves_a_note_in_the_update) {
  known_people.clear();
  auto item = item_of(2, "b@x", "una@example.com",
                      "Subject: Re: #close IT-1\r\nIn-Reply-To: <red@mail.example.com>\r\n");
  item.trust = {mail::trust::aligned, "dmarc"};
  ASSERT_TRUE(take({item}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 updated"}));
  EXPECT_EQ(call().state(), record::v1::OPEN);
  const names why{
      "\"#close\" in the subject is no command: it stands behind what an answer or a "
      "mail passed on begins with",
      "Nothing is answered: there is no text for it."};
  EXPECT_EQ(notes(1), why);
  EXPECT_EQ(ledger_notes(2).back(), why[0]) << "and in the ledger";
}

TEST_F(ingest_command_test, a_subject_that_a_stranger_chose_is_no_command_of_who_answers) {
  auto answer =
      item_of(2, "b@x", "ana@example.org", "Subject: Re: #close IT-1\r\nIn-Reply-To: <evil@x>\r\n");
  auto bare = item_of(3, "c@x", "ana@example.org",
                      "Subject: #log Fire\r\nReferences: <red@mail.example.com> <evil@x>\r\n",
                      "for: bob@example.net\r\nx\r\n");
  for (auto* item : {&answer, &bare}) item->trust = {mail::trust::aligned, "dmarc"};
  ASSERT_TRUE(take({answer, bare}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 logged", "it-in/7/3 updated"}));
  EXPECT_EQ(call().state(), record::v1::OPEN);
  EXPECT_EQ(ledger_notes(2),
            names{"\"#close\" in the subject is no command: it stands behind what an "
                  "answer or a mail passed on begins with"});
  EXPECT_EQ(ledger_notes(3).back(),
            "\"#log\" in the subject is no command: the mail answers one that was not sent from "
            "here");
}

TEST_F(ingest_command_test, a_command_may_answer_a_mail_that_was_sent_to_its_sender) {
  ASSERT_TRUE(take({command(2, "#summary")}));
  const auto ours = newest_mail().message_id();
  const auto una = record<record::v1::OutboxEntry>(keys::outbox(1)).message_id();
  auto of_hers = item_of(3, "d@x", "ana@example.org",
                         "Subject: #close IT-1\r\nIn-Reply-To: <" + una + ">\r\n");
  auto of_ana = item_of(4, "e@x", "ana@example.org",
                        "Subject: #close IT-1\r\nIn-Reply-To: <" + ours + ">\r\n");
  for (auto* item : {&of_hers, &of_ana}) item->trust = {mail::trust::aligned, "dmarc"};
  ASSERT_TRUE(take({of_hers}));
  EXPECT_EQ(call().state(), record::v1::OPEN) << "the mail that it answers went to Una";
  ASSERT_TRUE(take({of_ana}));
  EXPECT_EQ(call().state(), record::v1::CLOSED);
}

TEST_F(ingest_command_test, an_unproved_command_in_a_reply_is_noted_with_what_its_sender_is_told) {
  const auto tag = reply_keys->tags.sign({partition_id{"IT"}, call_number{1}}, "ana@example.org");
  ASSERT_TRUE(take({item_of(
      2, "b@x", "ana@example.org",
      "Subject: #close IT-1\r\nCc: <" + mail::tagged_address("it@example.org", tag) + ">\r\n")}));
  EXPECT_EQ(ledger()[1], "it-in/7/2 updated");
  EXPECT_EQ(call().state(), record::v1::OPEN);
  EXPECT_EQ(notes(1), (names{"\"#close\" in the subject is no command: no server that is "
                             "believed has proved who the sender is",
                             "Its sender is told that the command was not carried out."}));
  EXPECT_EQ(newest_mail().recipients(0).address(), "ana@example.org");
}

TEST_F(ingest_command_test, a_reply_without_a_keyword_gets_no_such_note) {
  ASSERT_TRUE(take({item_of(2, "b@x", "una@example.com",
                            "Subject: Re: red\r\nIn-Reply-To: <red@mail.example.com>\r\n")}));
  EXPECT_EQ(ledger()[1], "it-in/7/2 updated");
  EXPECT_EQ(notes(1), names{});
}

TEST_F(ingest_command_test, a_refused_command_in_a_flood_leaves_a_note_and_is_not_answered) {
  config.mutable_answer_limits()->set_flood_after(1);
  ASSERT_TRUE(take({command(2, "alarm", "x\r\n", mail::trust::none),
                    command(3, "#close IT-1", "y\r\n", mail::trust::none),
                    command(4, "alarm again", "z\r\n", mail::trust::none)}));
  ASSERT_EQ(call(2).flood_mails(), 2u);
  EXPECT_EQ(call().state(), record::v1::OPEN);
  EXPECT_EQ(update(2).kind(), record::v1::CallUpdate::FLOOD);
  EXPECT_EQ(notes(2, 1), (names{"\"#close\" in the subject is no command: no server that is "
                                "believed has proved who the sender is",
                                "Nothing is answered: it is one of very many mails."}));
  EXPECT_EQ(notes(2, 2), names{});
  EXPECT_EQ(count(keys::kind::outbox), 2u) << "the acknowledgements of two calls";
}

TEST_F(ingest_command_test, commands_are_answered_however_many_other_answers_went_out) {
  config.mutable_answer_limits()->set_per_sender(1);
  config.mutable_answer_limits()->set_partition(1);
  config.mutable_answer_limits()->set_commands(12);
  std::vector<mail_item> many{command(2, "a question"), command(3, "another")};
  for (uint64_t uid = 4; uid <= 16; ++uid) many.push_back(command(uid, "#summary"));
  ASSERT_TRUE(take(std::move(many)));
  EXPECT_EQ(count(keys::kind::outbox), 1u + 1u + 12u);
  const auto last = all<record::v1::LedgerEntry>(keys::kind::ledger).back();
  EXPECT_EQ(last.notes(0),
            "Nothing is answered: the sender had its 12 answers to commands within 1h.");
}

TEST_F(ingest_command_test, a_call_can_be_logged_for_somebody_else) {
  ASSERT_TRUE(take({command(2, "#log Phone is dead", "for: Bob@example.net\r\nHe called.\r\n")}));
  EXPECT_EQ(ledger()[1], "it-in/7/2 command");
  const auto logged = call(2);
  EXPECT_EQ(logged.subject(), "Phone is dead");
  EXPECT_EQ(logged.text(), "He called.\n");
  EXPECT_EQ(logged.user().address(), "Bob@example.net");
  EXPECT_EQ(logged.logging_analyst().name(), "Ana Lyst");
  const auto entry = record<record::v1::LedgerEntry>(keys::ledger(call_item(2, "x").key));
  EXPECT_EQ(entry.call(), 2u);
  names to;
  for (const auto& mail : all<record::v1::OutboxEntry>(keys::kind::outbox))
    to.push_back(mail.kind() + " " + mail.recipients(0).address());
  EXPECT_EQ(to, (names{"acknowledgement una@example.com", "acknowledgement Bob@example.net",
                       "command_answer ana@example.org"}));
}

TEST_F(ingest_command_test, a_summary_lists_the_open_calls_of_who_asks) {
  ASSERT_TRUE(take({command(2, "#summary")}));
  EXPECT_EQ(ledger()[1], "it-in/7/2 command");
  EXPECT_NE(newest_mail().text().find("IT-000001"), std::string::npos) << newest_mail().text();
  EXPECT_EQ(newest_mail().call(), 0u);
  EXPECT_EQ(count(keys::kind::outbox_of_call), 1u);
  ASSERT_TRUE(take({command(3, "#close IT-1"), command(4, "#summary")}));
  EXPECT_EQ(newest_mail().text().find("IT-000001"), std::string::npos) << newest_mail().text();
}

TEST_F(ingest_command_test, a_summary_lists_an_open_call_behind_very_many_of_others) {
  storage::write_batch others;
  for (uint64_t n = 2; n <= 21'000; ++n) {
    record::v1::Call c;
    c.set_number(n);
    c.mutable_user()->set_person(99);
    put_call(others, c);
  }
  ASSERT_TRUE(unit->commit(owner, std::move(others)));
  numbers.next_call = 21'001;
  ASSERT_TRUE(take({command(2, "#summary")}));
  EXPECT_NE(newest_mail().text().find("IT-000001"), std::string::npos) << newest_mail().text();
}

TEST_F(ingest_command_test, a_summary_knows_the_calls_of_an_older_store) {
  record::v1::Call closed;
  closed.set_number(2);
  closed.set_state(record::v1::CLOSED);
  closed.mutable_user()->set_person(2);
  storage::write_batch older;
  older.put(keys::call(call_number{2}), closed.SerializeAsString());
  const auto all_keys = keys::all_of(keys::kind::open_call_of);
  older.erase_range(all_keys.first, all_keys.last);
  older.erase(keys::meta("open_calls"));
  ASSERT_TRUE(unit->commit(owner, std::move(older)));
  restart();
  EXPECT_EQ(count(keys::kind::open_call_of), 2u) << "of Una and of Ana, who logged it";
  numbers.next_call = 3;
  ASSERT_TRUE(take({command(2, "#summary")}));
  EXPECT_NE(newest_mail().text().find("IT-000001"), std::string::npos) << newest_mail().text();
  const auto before = disk->committed;
  restart();
  EXPECT_EQ(disk->committed, before) << "once is enough";
}

TEST_F(ingest_command_test, only_open_calls_are_found_by_their_people) {
  EXPECT_EQ(count(keys::kind::open_call_of), 2u);
  ASSERT_TRUE(take({command(2, "#close 1")}));
  EXPECT_EQ(count(keys::kind::open_call_of), 0u);
  ASSERT_TRUE(take({command(3, "#reopen 1")}));
  EXPECT_EQ(count(keys::kind::open_call_of), 2u);
}

TEST_F(ingest_command_test, a_command_about_a_call_that_is_not_there_is_answered) {
  ASSERT_TRUE(take({command(2, "#close IT-000099")}));
  EXPECT_EQ(ledger()[1], "it-in/7/2 command");
  EXPECT_NE(newest_mail().text().find("IT-000099"), std::string::npos);
  EXPECT_EQ(count(keys::kind::call), 1u);
}

}  // namespace
}  // namespace postroom::actors::test
