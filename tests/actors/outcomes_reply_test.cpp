#include "tests/actors/outcomes_fixture.hpp"

/// The golden table, of replies, commands, and senders that are proved or forged.
namespace postroom::actors::test {
namespace {

const std::string answered = "logged; answers una@example.com";
const std::string updated = "updated IT-000001";
const std::string to_first_mail = "In-Reply-To: <red@mail.example.com>\nSubject: Re: red\n";

std::string una(const std::string& fields) {
  return from_una(fields, "More of it.\n");
}

std::string eve(const std::string& fields) {
  return "From: eve@example.net\nTo: it@example.org\nMessage-ID: <new@x>\n" + fields +
         "\nMore of it.\n";
}

std::string bea(const std::string& fields) {
  return "From: bea@example.org\nTo: it@example.org\nMessage-ID: <new@x>\n" + fields +
         "\nMore of it.\n";
}

void close(outcome_test& t) {
  auto call = t.record<record::v1::Call>(keys::call(call_number{1}));
  call.set_state(record::v1::CLOSED);
  call.set_closed_at(to_millis(t.now));
  storage::write_batch batch;
  batch.put(keys::call(call_number{1}), call.SerializeAsString());
  ASSERT_TRUE(t.unit->commit(t.owner, std::move(batch)));
}

void close_long_ago(outcome_test& t) {
  close(t);
  t.now += duration{31LL * 86'400'000};
}

void close_for_good(outcome_test& t) {
  close(t);
  t.config.mutable_follow_ups()->set_closed("new_call");
}

/// Ana, an analyst, may close calls by mail.
void let_ana_command(outcome_test& t) {
  t.config.mutable_commands()->set_active(true);
  t.config.mutable_people(0)->set_mail_commands(true);
  record::v1::Person ana;
  ana.set_id(2);
  ana.set_partition("IT");
  ana.set_name("Ana Lyst");
  ana.add_addresses("ana@example.org");
  ana.set_analyst(true);
  ana.set_user(true);
  ana.set_active(true);
  ana.set_mail_commands(true);
  t.known_people = {ana};
}

/// Bea, an analyst, takes no part in Una's call.
void know_bea(outcome_test& t) {
  record::v1::Person bea;
  bea.set_id(20);
  bea.set_partition("IT");
  bea.set_name("Bea Lyst");
  bea.add_addresses("bea@example.org");
  bea.set_analyst(true);
  bea.set_active(true);
  t.known_people = {bea};
}

void give_una_a_second_address(outcome_test& t) {
  record::v1::Person una;
  una.set_id(t.id_of("una@example.com"));
  una.set_partition("IT");
  una.set_name("Una User");
  una.add_addresses("una@example.com");
  una.add_addresses("una@mobile.example");
  una.set_user(true);
  una.set_active(true);
  t.known_people = {una};
}

void give_the_group_an_address(outcome_test& t) {
  auto& group = *t.config.add_group_addresses();
  group.set_group("First line");
  group.set_address("desk@example.org");
}

void put_forgeries_aside(outcome_test& t) {
  t.config.mutable_incoming(0)->set_unaligned("quarantine");
}

const std::string closes_call =
    "To: it@example.org\nMessage-ID: <new@x>\nSubject: #close IT-000001\n\nSolved.\n";
const std::string ana_closes = "From: Ana Lyst <ana@example.org>\n" + closes_call;

const std::vector<golden> replies = {
    {"to_the_first_mail", una(to_first_mail), updated, "Re: red | More of it."},
    {"to_our_acknowledgement", una("In-Reply-To: <{sent}>\nSubject: thanks\n"), updated},
    {"by_references_alone", una("References: <other@x> <{sent}>\nSubject: thanks\n"), updated},
    {"to_the_tagged_address", una("Cc: {tagged}\nSubject: thanks\n"), updated},
    {"by_our_signed_reference_alone", una("In-Reply-To: <{tagged}>\nSubject: thanks\n"), updated},
    {"by_the_number_in_the_subject", una("Subject: AW: [IT-000001] red\n"), updated},
    {"by_a_stranger_to_our_acknowledgement", eve("In-Reply-To: <{sent}>\nSubject: Re: red\n"),
     "logged; related to IT-000001; answers eve@example.net"},
    {"by_a_stranger_to_the_tagged_address", eve("Cc: {tagged}\nSubject: Re: red\n"),
     "logged; related to IT-000001; answers eve@example.net"},
    {"by_a_stranger_with_the_number", eve("Subject: Re: [IT-000001] red\n"),
     "logged; related to IT-000001; answers eve@example.net"},
    {"with_the_number_of_another_partition", una("Subject: Re: [HR-000001] red\n"),
     "logged; related to HR-000001; answers una@example.com"},
    {"with_a_number_that_is_not_there", una("Subject: Re: [IT-000099] red\n"),
     "logged; related to IT-000099; answers una@example.com"},
    {"with_the_number_behind_one_of_another_system",
     una("Subject: [COVID-19] [EXT-17] Re: [IT-000001] red\n"), updated},
    {"with_the_number_behind_one_of_another_partition",
     una("Subject: [HR-000001] Re: [IT-000099] Re: [IT-000001] red\n"), updated},
    {"with_a_number_of_another_system", una("Subject: [JIRA-123] red\n"), answered},
    {"to_a_mail_nobody_knows", una("In-Reply-To: <other@x>\nSubject: Re: red\n"), answered},
    {"to_a_closed_call", una(to_first_mail), updated + "; changes state: CLOSED -> OPEN", "",
     close},
    {"to_a_call_closed_long_ago", una(to_first_mail),
     "logged; related to IT-000001; answers una@example.com", "", close_long_ago},
    {"to_a_closed_call_that_stays_so", una(to_first_mail),
     "logged; related to IT-000001; answers una@example.com", "", close_for_good},
    {"by_somebody_absent_to_a_closed_call", una("Auto-Submitted: auto-replied\n" + to_first_mail),
     updated + "; AUTO_REPLY", "", close},
    {"by_the_same_person_from_another_address",
     "From: una@mobile.example\nTo: it@example.org\nMessage-ID: <new@x>\n" + to_first_mail +
         "\nMore of it.\n",
     updated, "", give_una_a_second_address},
    {"by_the_same_person_from_another_address_that_is_forged",
     checked("dmarc=fail header.from=mobile.example") +
         "From: una@mobile.example\nTo: it@example.org\nMessage-ID: <new@x>\n" + to_first_mail +
         "\nMore of it.\n",
     "logged; UNALIGNED; unverified; related to IT-000001", "", give_una_a_second_address},
    {"by_an_analyst_who_takes_no_part",
     checked("dmarc=pass header.from=example.org") + bea(to_first_mail), updated + "; ALIGNED", "",
     know_bea},
    {"by_an_analyst_who_takes_no_part_and_is_not_proved", bea(to_first_mail),
     "logged; related to IT-000001; answers bea@example.org", "", know_bea},
    {"by_a_member_to_the_notification_of_their_group",
     eve("In-Reply-To: <{for_group}>\nSubject: Re: red\n"), updated, "", give_the_group_an_address},
    {"by_a_stranger_to_a_group_that_is_none", eve("In-Reply-To: <{for_group}>\nSubject: Re: red\n"),
     "logged; related to IT-000001; answers eve@example.net"},
    {"from_a_mailing_list", una("List-Id: <talk.example.net>\n" + to_first_mail), updated},
};

const std::string pass = "dmarc=pass header.from=example.com";
const std::string fail_result = "dmarc=fail header.from=example.com";
const std::string forged_results = "Authentication-Results: mx.example.org; " + pass + "\n";
const std::string forged = "logged; UNALIGNED; unverified";

const std::vector<golden> senders = {
    {"proved", checked(pass) + una("Subject: x\n"), "logged; ALIGNED; answers una@example.com"},
    {"proved_by_a_signature_of_its_domain",
     checked("dkim=pass header.d=mail.example.com") + una("Subject: x\n"),
     "logged; ALIGNED; answers una@example.com"},
    {"with_a_signature_of_another_domain",
     checked("dkim=pass header.d=example.net") + una("Subject: x\n"), forged},
    {"forged", checked(fail_result) + una("Subject: x\n"), forged},
    {"forged_and_put_aside", checked(fail_result) + una("Subject: x\n"),
     "quarantined:sender_unaligned", "", put_forgeries_aside},
    {"forged_in_a_reply", checked(fail_result) + una(to_first_mail),
     forged + "; related to IT-000001"},
    {"forged_with_the_reference_sent_to_its_sender",
     checked(fail_result) + una("Cc: {tagged}\nSubject: x\n"), updated + "; UNALIGNED"},
    {"forged_with_two_from_fields",
     checked(pass) + "From: Ana Lyst <ana@example.org>\n" + una("Subject: x\n"), forged},
    {"forged_by_the_last_of_many_names_and_a_second_from_field",
     checked("dmarc=pass header.from=evil.example") + "From: a, b, c, una@example.com\n" +
         "From: x@evil.example\nTo: it@example.org\nSubject: x\n\nx\n",
     forged},
    {"forged_by_the_charset_of_the_text",
     checked("dmarc=pass header.from=evil.example") +
         "From: \xE9, +ADw-una+AEA-example.com+AD4-, x@evil.example\nTo: it@example.org\n"
         "Content-Type: text/plain; charset=utf-7\nSubject: x\n\nx\n",
     forged},
    {"forged_by_a_quoted_return_path",
     checked("spf=pass smtp.mailfrom=\"una@example.com\"@evil.example") + una("Subject: x\n"),
     forged},
    {"forged_in_sender_below_a_from_without_an_address",
     checked(fail_result) + "From: Una\nSender: una@example.com\nTo: it@example.org\n" +
         to_first_mail + "\nx\n",
     forged + "; related to IT-000001"},
    {"forged_in_a_broken_from",
     checked(fail_result) + "From: \"Una una@example.com\nTo: it@example.org\nSubject: x\n\nx\n",
     forged},
    {"forged_in_sender_and_put_aside",
     checked(fail_result) + "From:\nSender: una@example.com\nSubject: x\n\nx\n",
     "quarantined:sender_unaligned", "", put_forgeries_aside},
    {"forged_by_a_client_that_hides_our_server",
     "Authentication-Results: mx.example.org; " + fail_result +
         "\nReceived: from a( (out.example.net [192.0.2.7]) by mx.example.org with SMTP; "
         "Mon, 23 Nov 2026 11:30:01 +0000\n" +
         una("Subject: x\n"),
     forged},
    {"forged_with_results_in_the_text",
     checked(fail_result) + from_una("Subject: x\n", forged_results + "\ny\n"), forged},
    {"forged_with_results_below_ours", checked(fail_result) + forged_results + una("Subject: x\n"),
     forged},
    {"forged_with_a_border_of_its_own", checked(fail_result) + checked(pass) + una("Subject: x\n"),
     forged},
    {"unchecked_with_results_in_the_text", from_una("Subject: x\n", forged_results + "\ny\n"),
     answered},
    {"unchecked_with_results_below_our_received",
     "Received: from out.example.net by mx.example.org with ESMTPS; "
     "Mon, 23 Nov 2026 11:30:01 +0000\n" +
         forged_results + una("Subject: x\n"),
     answered},
    {"unchecked_with_failed_results_below_our_received",
     "Received: from out.example.net by mx.example.org with ESMTPS; "
     "Mon, 23 Nov 2026 11:30:01 +0000\nAuthentication-Results: mx.example.org; " +
         fail_result + "\n" + una("Subject: x\n"),
     answered},
    {"unchecked_with_results_of_a_stranger",
     "Authentication-Results: mx.example.net; " + pass +
         "\nReceived: from out.example.net by mx.example.org with ESMTPS; "
         "Mon, 23 Nov 2026 11:30:01 +0000\n" +
         una("Subject: x\n"),
     answered},
    {"unchecked_with_results_and_no_received", forged_results + una("Subject: x\n"), answered},
};

const std::vector<golden> commands = {
    {"of_an_analyst", checked("dmarc=pass header.from=example.org") + ana_closes,
     "command IT-000001; COMMAND; ALIGNED; changes state: OPEN -> CLOSED; "
     "command_answer ana@example.org",
     "#close IT-000001 | Solved.", let_ana_command},
    {"of_an_analyst_in_an_answer_to_a_subject_of_somebody_elses",
     checked("dmarc=pass header.from=example.org") +
         "From: Ana Lyst <ana@example.org>\nTo: it@example.org\nMessage-ID: <new@x>\n"
         "Subject: Re: #close IT-000001\nIn-Reply-To: <evil@example.net>\n\nWhat is this?\n",
     "logged; ALIGNED; answers ana@example.org", "Re: #close IT-000001 | What is this?",
     let_ana_command},
    {"of_an_analyst_in_an_answer_without_its_prefix",
     checked("dmarc=pass header.from=example.org") + "References: <evil@example.net>\n" +
         ana_closes,
     "logged; ALIGNED; answers ana@example.org", "", let_ana_command},
    {"of_an_analyst_in_a_mail_passed_on",
     checked("dmarc=pass header.from=example.org") +
         "From: Ana Lyst <ana@example.org>\nTo: it@example.org\nMessage-ID: <new@x>\n"
         "Subject: Fwd: #close IT-000001\n\nWhat is this?\n",
     "logged; ALIGNED; answers ana@example.org", "", let_ana_command},
    {"of_a_forger", checked("dmarc=fail header.from=example.org") + ana_closes,
     "logged; UNALIGNED; unverified", "", let_ana_command},
    {"of_a_stranger_who_names_an_analyst_behind_others",
     checked("dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example") +
         "From: a, b, c, ana@example.org\nFrom: x@evil.example\n" + closes_call,
     "logged; UNALIGNED; unverified", "", let_ana_command},
    {"of_a_stranger_in_the_charset_of_the_text",
     checked("dmarc=pass header.from=evil.example") +
         "From: \x4C\x81\x95\x81\x7C\x85\xA7\x81\x94\x97\x93\x85\x4B\x96\x99\x87\x6E\n"
         "From: x@evil.example\nContent-Type: text/plain; charset=ibm037\n" +
         closes_call,
     "quarantined:mail_without_sender", "", let_ana_command},
    {"of_a_stranger_with_a_quoted_return_path",
     checked("spf=pass smtp.mailfrom=\"ana@example.org\"@evil.example") + ana_closes,
     "logged; UNALIGNED; unverified", "", let_ana_command},
    {"of_nobody_proved", ana_closes, "logged; command_answer ana@example.org", "", let_ana_command},
    {"of_a_user", checked(pass) + una("Subject: #close IT-000001\n"),
     "logged; ALIGNED; answers una@example.com", "",
     [](outcome_test& t) { t.config.mutable_commands()->set_active(true); }},
    {"of_a_user_in_a_reply",
     checked(pass) + una("In-Reply-To: <red@mail.example.com>\nSubject: Re: #close IT-000001\n"),
     updated + "; ALIGNED", "",
     [](outcome_test& t) { t.config.mutable_commands()->set_active(true); }},
};

struct outcome_of_a_reply : outcome_test {};

TEST_P(outcome_of_a_reply, is_that_of_the_table) {
  expect_as_in_table(*this, GetParam());
}

INSTANTIATE_TEST_SUITE_P(reply, outcome_of_a_reply, testing::ValuesIn(replies), name_of_row);
INSTANTIATE_TEST_SUITE_P(sender, outcome_of_a_reply, testing::ValuesIn(senders), name_of_row);
INSTANTIATE_TEST_SUITE_P(command, outcome_of_a_reply, testing::ValuesIn(commands), name_of_row);

}  // namespace
}  // namespace postroom::actors::test
