#include "app/cli.hpp"

#include <google/protobuf/util/json_util.h>

#include <map>
#include <sstream>

#include "api/connect_server.hpp"
#include "app/admin_register.hpp"
#include "tests/api/fixture.hpp"
#include "tests/app/stores.hpp"
#include "tests/app/valid_yaml.hpp"

namespace postroom::app {
namespace {

using admin::v1::ApplyRequest;
using admin::v1::ApplyResponse;
using admin::v1::GetStatusResponse;

/// A real server with real stores in memory; what the actors would answer is made up.
struct cli : testing::Test, two_partitions {
  api::temp_folder folder;
  std::string socket = folder.path / "admin.sock";
  std::unique_ptr<api::connect_server> server;
  std::ostringstream out;
  std::ostringstream err;
  terminal term{out, err};
  std::map<std::string, std::string> environment;
  ApplyRequest applied;
  ApplyResponse apply_answer;
  GetStatusResponse status_answer;
  int pauses = 0;

  void SetUp() override {
    term.user = "tester";
    term.environment = [this](const char* name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional{found->second};
    };
    term.pause = [this](duration) { return ++pauses < 3; };
    api::connect_options o;
    o.socket_path = socket;
    server = std::make_unique<api::connect_server>(o);
    register_admin(*server, {units, [](const auto&) { return admin::v1::CheckResponse{}; },
                             [this](const ApplyRequest& r) -> result<ApplyResponse> {
                               applied = r;
                               return apply_answer;
                             },
                             [this]() -> result<GetStatusResponse> { return status_answer; }});
    ASSERT_TRUE(server->start());
    environment["POSTROOM_SOCKET"] = socket;
  }

  int run(const std::vector<std::string>& args) {
    out.str("");
    err.str("");
    return run_cli(args, term);
  }
  bool shows(const std::string& text) const { return out.str().find(text) != std::string::npos; }
  /// With runs of blanks as one.
  bool shows_row(const std::string& text) const {
    std::string squeezed;
    for (const char c : out.str())
      if (c != ' ' || !squeezed.ends_with(' ')) squeezed += c;
    return squeezed.find(text) != std::string::npos;
  }
  bool complains(const std::string& text) const {
    return err.str().find(text) != std::string::npos;
  }
  std::string file(const std::string& name, const std::string& text) const {
    write_file(folder.path / name, text);
    return folder.path / name;
  }
};

template <class Message>
Message from_json(const std::string& json) {
  Message m;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &m);
  EXPECT_TRUE(parsed.ok()) << parsed.ToString() << json;
  return m;
}

record::v1::Call full_call() {
  record::v1::Call c;
  c.set_number(123);
  c.set_partition("IT");
  c.set_created_at(1'795'442'021'042);
  c.set_subject("Printer \x1b[31mburns");
  c.set_text("Dear desk,\nit burns.\x07\n");
  c.set_priority("P1");
  c.set_impact("High");
  c.set_urgency("Normal");
  c.mutable_user()->set_name("Ann Lee");
  c.mutable_user()->set_address("ann@example.org");
  c.mutable_logging_analyst()->set_name("Bob Desk");
  c.set_mail(4);
  c.add_attachments()->set_name("photo.jpg");
  auto* d = c.mutable_decision();
  d->set_server("it-imap");
  d->set_template_("Mail");
  d->set_people_case(record::v1::UNKNOWN_SENDER);
  d->set_person_created(true);
  d->set_impact("High");
  d->set_urgency("Normal");
  d->set_priority("P1");
  d->add_notes("the subject was empty");
  return c;
}

}  // namespace

TEST_F(cli, calls_are_listed_newest_first_and_limited) {
  for (uint64_t i = 1; i <= 60; ++i)
    it.call(i, static_cast<int64_t>(i), "subject " + std::to_string(i));
  EXPECT_EQ(run({"calls"}), exit_done) << err.str();
  EXPECT_TRUE(shows("CALL"));
  EXPECT_TRUE(shows("IT-000060"));
  EXPECT_FALSE(shows("IT-000010 "));
  EXPECT_TRUE(shows("there are more"));
  EXPECT_EQ(run({"calls", "-n", "1"}), exit_done);
  EXPECT_FALSE(shows("IT-000059"));
  EXPECT_EQ(run({"calls", "-n", "100"}), exit_done);
  EXPECT_TRUE(shows("IT-000001"));
  EXPECT_FALSE(shows("there are more"));
}

TEST_F(cli, a_limit_over_one_page_gathers_pages) {
  for (uint64_t i = 1; i <= 1500; ++i) it.call(i, static_cast<int64_t>(i));
  EXPECT_EQ(run({"calls", "--limit", "1400", "--json"}), exit_done);
  const auto list = from_json<admin::v1::ListCallsResponse>(out.str());
  ASSERT_EQ(list.calls_size(), 1400);
  EXPECT_EQ(list.calls(1399).number(), 101u);
  EXPECT_NE(list.next_page_token(), "");
}

TEST_F(cli, no_calls_are_said_so) {
  EXPECT_EQ(run({"calls", "--partition", "HR"}), exit_done);
  EXPECT_EQ(out.str(), "no calls\n");
}

TEST_F(cli, a_call_is_shown_with_why_it_is_as_it_is) {
  const auto call = full_call();
  it.put(storage::keys::call(call_number{123}), call.SerializeAsString());
  it.outbox(7, 2, 123, record::v1::OutboxRecipient::DEAD);
  EXPECT_EQ(run({"call", "it-123"}), exit_done) << err.str();
  for (const auto* part :
       {"IT-000123", "2026-11-23 13:53:41Z", "Ann Lee <ann@example.org>", "Bob Desk", "it burns.",
        "photo.jpg", "unknown; a new person was created", "High impact x Normal urgency = P1",
        "the subject was empty", "it-imap", "dead", "550 no such user"})
    EXPECT_TRUE(shows(part)) << part << "\n" << out.str();
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos) << "the mail's control characters";
  EXPECT_EQ(out.str().find('\x07'), std::string::npos);
}

TEST_F(cli, a_call_as_json_has_everything_under_the_names_of_the_schema) {
  it.put(storage::keys::call(call_number{123}), full_call().SerializeAsString());
  EXPECT_EQ(run({"call", "IT-000123", "--json"}), exit_done);
  EXPECT_TRUE(shows("\"logging_analyst\""));
  EXPECT_EQ(from_json<admin::v1::GetCallResponse>(out.str()).call().text(), full_call().text());
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
}

TEST_F(cli, a_raw_mail_goes_byte_for_byte_into_a_file_and_safely_to_a_terminal) {
  it.put(storage::keys::call(call_number{123}), full_call().SerializeAsString());
  const std::string raw("Subject: \x1b[2J\r\n\r\n\0\xff", 19);
  it.mail(4, {raw.substr(0, 7), raw.substr(7)}, raw.size());
  EXPECT_EQ(run({"call", "IT-123", "--raw"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), raw);
  term.tty = true;
  EXPECT_EQ(run({"call", "IT-123", "--raw"}), exit_done);
  EXPECT_EQ(out.str(), "Subject: \uFFFD[2J\n\n\uFFFD\uFFFD");
}

TEST_F(cli, a_missing_call_is_one_clear_line_and_status_1) {
  EXPECT_EQ(run({"call", "IT-9"}), exit_failed);
  EXPECT_EQ(err.str(), "postroom: there is no call IT-000009; `postroom calls` lists the newest\n");
  EXPECT_EQ(run({"call", "nonsense"}), exit_failed);
  EXPECT_TRUE(complains("is not a call number"));
}

TEST_F(cli, the_ledger_shows_counters_that_agree_with_its_entries) {
  record::v1::MailboxState s;
  s.set_mailbox("it-imap");
  s.set_start_from("now");
  s.set_baseline_count(12);
  (*s.mutable_outcomes())["logged"] = 2;
  (*s.mutable_outcomes())["suppressed:duplicate"] = 1;
  (*s.mutable_outcomes())["suppressed:before_start"] = 12;
  it.state(s);
  it.ledger("it-imap", 13, record::v1::LOGGED);
  it.ledger("it-imap", 14, record::v1::LOGGED);
  it.ledger("it-imap", 15, record::v1::SUPPRESSED, "duplicate");
  auto* live = status_answer.add_partitions()->add_mailboxes();
  live->set_name("it-imap");
  live->set_state("idle");
  live->set_reconciled_at(1'795'442'021'042);
  live->set_server_messages(15);
  EXPECT_EQ(run({"ledger", "--mailbox", "it-imap", "-n", "2"}), exit_done) << err.str();
  for (const auto* part :
       {"Mailbox it-imap, partition IT", "idle", "suppressed:duplicate 1", "all outcomes 15",
        "entries in the ledger, walked now 3", "there before the start, without entries 12",
        "together: agrees with all outcomes 15", "on the server at 2026-11-23 13:53:41Z 15",
        "of these without an outcome yet 0", "uid 15", "uid 14", "there are more"})
    EXPECT_TRUE(shows_row(part)) << part << "\n" << out.str();
  EXPECT_FALSE(shows("uid 13"));
}

TEST_F(cli, a_ledger_that_does_not_agree_says_so) {
  record::v1::MailboxState s;
  s.set_mailbox("it-imap");
  (*s.mutable_outcomes())["logged"] = 2;
  it.state(s);
  it.ledger("it-imap", 1, record::v1::LOGGED);
  EXPECT_EQ(run({"ledger", "-m", "it-imap"}), exit_done);
  EXPECT_TRUE(shows("DIFFERS")) << out.str();
  EXPECT_TRUE(shows("not polled"));
}

TEST_F(cli, quarantine_and_outbox_are_tables_or_said_to_be_empty) {
  EXPECT_EQ(run({"quarantine"}), exit_done);
  EXPECT_EQ(out.str(), "the quarantine is empty\n");
  EXPECT_EQ(run({"outbox"}), exit_done);
  EXPECT_EQ(out.str(), "the outbox is empty\n");
  hr.quarantine(3, 200, "no header\x1b]0;x");
  hr.outbox(1, 10, 5, record::v1::OutboxRecipient::DEAD);
  hr.outbox(2, 10, 6, record::v1::OutboxRecipient::SENT);
  EXPECT_EQ(run({"quarantine", "--partition", "HR"}), exit_done);
  EXPECT_TRUE(shows("mail_unparsable"));
  EXPECT_TRUE(shows("no header\uFFFD]0;x"));
  EXPECT_EQ(run({"outbox", "--dead"}), exit_done);
  EXPECT_TRUE(shows("HR-000005"));
  EXPECT_FALSE(shows("HR-000006"));
  EXPECT_EQ(run({"outbox", "--all"}), exit_done);
  EXPECT_TRUE(shows("HR-000006"));
}

TEST_F(cli, status_shows_partitions_mailboxes_and_senders) {
  status_answer.set_version("9.9");
  auto* p = status_answer.add_partitions();
  p->set_id("IT");
  p->set_state("degraded");
  p->mutable_sender()->set_server("it-smtp");
  p->mutable_sender()->set_state("idle");
  auto* box = p->add_mailboxes();
  box->set_name("it-imap");
  box->set_state("parked");
  box->set_last_error("auth_refused: NO \x1b[31m");
  EXPECT_EQ(run({"status"}), exit_done);
  for (const auto* part :
       {"Postroom 9.9", "degraded", "it-smtp", "it-imap", "parked", "auth_refused: NO \uFFFD[31m"})
    EXPECT_TRUE(shows(part)) << part << "\n" << out.str();
  term.colour = true;
  EXPECT_EQ(run({"status"}), exit_done);
  EXPECT_TRUE(shows("\x1b[31mparked\x1b[0m"));
}

TEST_F(cli, a_watch_looks_again_until_it_is_enough) {
  EXPECT_EQ(run({"status", "--watch", "--json"}), exit_done);
  EXPECT_EQ(pauses, 3);
  EXPECT_EQ(from_json<GetStatusResponse>("{}").partitions_size(), 0);
  const auto text = out.str();
  std::size_t looks = 0;
  for (auto at = text.find("settings_version"); at != std::string::npos;
       at = text.find("settings_version", at + 1))
    ++looks;
  EXPECT_EQ(looks, 3u);
}

TEST_F(cli, apply_sends_what_the_files_hold_and_shows_what_changed) {
  apply_answer.set_version(4);
  apply_answer.add_changed("partition IT: added");
  const auto it_file = file("it.yaml", partition_yaml("IT"));
  const auto general = file("general.yaml", "general:\n  default_format: PLAIN\n");
  EXPECT_EQ(run({"apply", "-f", it_file, "-f", general, "--prune"}), exit_done)
      << err.str() << out.str();
  EXPECT_EQ(out.str(), "partition IT: added\nsettings version 4\n");
  ASSERT_EQ(applied.partitions_size(), 1);
  EXPECT_EQ(applied.partitions(0).id(), "IT");
  EXPECT_EQ(applied.general().default_format(), "PLAIN");
  EXPECT_TRUE(applied.prune());
  EXPECT_EQ(applied.who(), "tester");
}

TEST_F(cli, apply_without_general_settings_leaves_them_alone) {
  EXPECT_EQ(run({"apply", "-f", file("it.yaml", partition_yaml("IT"))}), exit_done);
  EXPECT_FALSE(applied.has_general());
  EXPECT_FALSE(applied.prune());
  EXPECT_TRUE(shows("nothing to change"));
}

TEST_F(cli, apply_shows_the_servers_problems_at_file_and_line_and_exits_2) {
  auto* p = apply_answer.add_problems();
  p->set_partition("IT");
  p->set_path("matrix[0]");
  p->set_problem("is wrong");
  p->set_remedy("make it right");
  const auto path = file("it.yaml", partition_yaml("IT"));
  EXPECT_EQ(run({"apply", "-f", path}), exit_problems);
  EXPECT_EQ(out.str(),
            path + ":8: matrix[0]: is wrong; make it right\n1 problem; nothing was changed\n");
}

TEST_F(cli, apply_sends_nothing_when_the_files_have_problems) {
  const auto path = file("it.yaml", "id: IT\n");
  EXPECT_EQ(run({"apply", "-f", path}), exit_problems);
  EXPECT_TRUE(shows("nothing was changed"));
  EXPECT_EQ(applied.partitions_size(), 0);
  EXPECT_EQ(run({"apply", "-f", path, "--json"}), exit_problems);
  EXPECT_GT(from_json<ApplyResponse>(out.str()).problems_size(), 0);
}

TEST_F(cli, check_needs_no_server) {
  server->stop();
  file("it.yaml", partition_yaml("IT"));
  file("hr.yaml", partition_yaml("HR"));
  EXPECT_EQ(run({"check", "-f", folder.path}), exit_done) << out.str();
  EXPECT_EQ(out.str(), "2 partitions, no problems\n");
  file("hr.yaml", "id: HR\nname: H\n");
  EXPECT_EQ(run({"check", "-f", folder.path}), exit_problems);
  EXPECT_TRUE(shows("hr.yaml:"));
  EXPECT_EQ(run({"check", "-f", folder.path, "--json"}), exit_problems);
  const auto problems = from_json<admin::v1::CheckResponse>(out.str());
  ASSERT_GT(problems.problems_size(), 1);
  EXPECT_NE(problems.problems(0).remedy(), "");
}

TEST_F(cli, without_a_server_every_command_says_what_to_do) {
  server->stop();
  for (const auto& args : std::vector<std::vector<std::string>>{{"calls"},
                                                                {"call", "IT-1"},
                                                                {"ledger", "-m", "x"},
                                                                {"quarantine"},
                                                                {"outbox"},
                                                                {"status"}}) {
    EXPECT_EQ(run(args), exit_failed) << args[0];
    EXPECT_TRUE(complains("Is `postroom serve` running?")) << args[0];
    EXPECT_EQ(err.str().find('\n'), err.str().size() - 1) << "one line";
    EXPECT_EQ(out.str(), "");
  }
}

TEST_F(cli, the_socket_comes_from_the_option_then_node_yaml_then_the_environment) {
  const auto by_data_dir = file("data.yaml", "data_dir: " + folder.path.string() + "\n");
  const auto by_socket = file("socket.yaml", "data_dir: /nowhere\nadmin_socket: " + socket + "\n");
  environment["POSTROOM_SOCKET"] = "/nowhere/env.sock";
  EXPECT_EQ(run({"calls"}), exit_failed);
  EXPECT_TRUE(complains("/nowhere/env.sock"));
  EXPECT_EQ(run({"calls", "--config", by_data_dir}), exit_done) << err.str();
  EXPECT_EQ(run({"calls", "--config", by_socket}), exit_done) << err.str();
  EXPECT_EQ(run({"calls", "--socket", socket}), exit_done) << err.str();
  EXPECT_EQ(run({"calls", "--config", by_socket, "--socket", "/nowhere/opt.sock"}), exit_failed);
  EXPECT_TRUE(complains("/nowhere/opt.sock"));
  environment.clear();
  EXPECT_EQ(run({"calls"}), exit_failed);
  EXPECT_TRUE(complains("./postroom-data/admin.sock"));
}

TEST_F(cli, a_node_yaml_that_cannot_be_read_is_named) {
  EXPECT_EQ(run({"calls", "--config", folder.path / "missing.yaml"}), exit_failed);
  EXPECT_TRUE(complains("missing.yaml")) << err.str();
  EXPECT_EQ(run({"calls", "--config", file("n.yaml", "data_dirr: x\n")}), exit_failed);
  EXPECT_TRUE(complains("n.yaml:1: data_dirr")) << err.str();
}

TEST_F(cli, wrong_usage_exits_64_with_the_right_help) {
  EXPECT_EQ(run({"calls", "--limitt", "3"}), exit_usage);
  EXPECT_TRUE(complains("unknown option --limitt"));
  EXPECT_TRUE(complains("usage: postroom calls"));
  EXPECT_EQ(run({"nonsense\x1b[2J"}), exit_usage);
  EXPECT_TRUE(complains("usage: postroom COMMAND"));
  EXPECT_EQ(err.str().find('\x1b'), std::string::npos);
  EXPECT_EQ(out.str(), "");
}

TEST_F(cli, help_and_version_go_to_standard_output) {
  EXPECT_EQ(run({"--help"}), exit_done);
  EXPECT_TRUE(shows("POSTROOM_SOCKET"));
  EXPECT_EQ(run({"--version"}), exit_done);
  EXPECT_EQ(out.str().find("postroom "), 0u);
  EXPECT_EQ(run({"ledger", "--help"}), exit_done);
  EXPECT_TRUE(shows("--mailbox NAME"));
  EXPECT_EQ(err.str(), "");
}

TEST_F(cli, serve_is_given_its_node_yaml_and_its_status_is_ours) {
  std::string given;
  term.serve = [&](const std::string& path) {
    given = path;
    return 7;
  };
  EXPECT_EQ(run({"serve", "--config", "node.yaml"}), 7);
  EXPECT_EQ(given, "node.yaml");
}

TEST_F(cli, output_that_cannot_be_written_is_a_failure) {
  out.setstate(std::ios::badbit);
  EXPECT_EQ(run({"status"}), exit_failed);
  EXPECT_TRUE(complains("could not be written"));
}

TEST_F(cli, tables_fit_the_terminal_and_are_whole_in_a_pipe) {
  it.call(1, 1, std::string(500, 's'));
  term.width = 60;
  EXPECT_EQ(run({"calls"}), exit_done);
  EXPECT_TRUE(shows("s…"));
  term.width = 0;
  EXPECT_EQ(run({"calls"}), exit_done);
  EXPECT_TRUE(shows(std::string(500, 's')));
}

}  // namespace postroom::app
