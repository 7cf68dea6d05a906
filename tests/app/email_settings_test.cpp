#include "app/admin_audit.hpp"
#include "tests/app/setup_fixture.hpp"

namespace postroom::app {

using namespace admin::v1;

TEST_F(setup, general_settings_are_read_and_changed_with_their_revision) {
  auto got = call<GetGeneralResponse>("EmailSettingsService/GetGeneral", GetGeneralRequest{});
  ASSERT_TRUE(got);
  UpdateGeneralRequest r;
  r.mutable_general()->set_default_format("PLAIN");
  EXPECT_EQ(refused("EmailSettingsService/UpdateGeneral", r).code, ec::config_invalid);
  r.set_revision(got->revision());
  EXPECT_TRUE(change("EmailSettingsService/UpdateGeneral", r));
  got = call<GetGeneralResponse>("EmailSettingsService/GetGeneral", GetGeneralRequest{});
  r.mutable_general()->set_default_format("RTF");
  r.set_revision(got->revision());
  const auto wrong = call<SetupResponse>("EmailSettingsService/UpdateGeneral", r);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->problems(0).path(), "default_format");
  EXPECT_EQ(wrong->revision(), got->revision());
}

TEST_F(setup, an_incoming_server_is_added_listed_changed_and_deleted) {
  AddIncomingRequest a;
  a.set_partition("IT");
  *a.mutable_server() = part("IT").incoming(0);
  a.mutable_server()->set_name("second");
  a.mutable_server()->set_login("second@example.org");
  ASSERT_TRUE(change("EmailSettingsService/AddIncoming", a));
  const auto list =
      call<ListIncomingResponse>("EmailSettingsService/ListIncoming", ListServersRequest{});
  ASSERT_EQ(list->servers_size(), 3);
  EXPECT_EQ(list->servers(2).server().name(), "second");
  EXPECT_EQ(list->servers(2).partition(), "IT");
  auto u = update_of_it_in();
  u.mutable_server()->set_port(1993);
  u.set_reason("the provider moved");
  const auto done = call<SetupResponse>("EmailSettingsService/UpdateIncoming", u);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->changes(0).path(), "incoming[it-in].port");
  EXPECT_EQ(done->revision(), incoming("IT", "it-in").revision());
  EXPECT_EQ(incoming("IT", "it-in").server().port(), 1993u);
  DeleteServerRequest d;
  d.set_partition("IT");
  d.set_name("second");
  d.set_revision(incoming("IT", "second").revision());
  ASSERT_TRUE(change("EmailSettingsService/DeleteIncoming", d));
  GetServerRequest g;
  g.set_partition("IT");
  g.set_name("second");
  const auto gone = call<GetIncomingResponse>("EmailSettingsService/GetIncoming", g);
  EXPECT_EQ(gone.code(), ec::not_found);
  EXPECT_NE(gone.error().detail.find("it has: it-in"), std::string::npos) << gone.error().detail;
}

TEST_F(setup, an_outgoing_server_is_added_changed_and_deleted) {
  AddOutgoingRequest a;
  a.set_partition("HR");
  *a.mutable_server() = part("HR").outgoing(0);
  a.mutable_server()->set_name("spare");
  ASSERT_TRUE(change("EmailSettingsService/AddOutgoing", a));
  UpdateOutgoingRequest u;
  u.set_partition("HR");
  u.set_name("spare");
  *u.mutable_server() = a.server();
  u.mutable_server()->set_name("other");
  u.set_revision(partitions::revision_of(partitions::alone("HR", a.server())));
  const auto done = call<SetupResponse>("EmailSettingsService/UpdateOutgoing", u);
  ASSERT_TRUE(done) << done.error().text();
  GetServerRequest g;
  g.set_partition("HR");
  g.set_name("other");
  const auto other = call<GetOutgoingResponse>("EmailSettingsService/GetOutgoing", g);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->item().revision(), done->revision()) << "under its new name";
  DeleteServerRequest d;
  d.set_partition("HR");
  d.set_name("other");
  d.set_revision(done->revision());
  ASSERT_TRUE(change("EmailSettingsService/DeleteOutgoing", d));
  ListServersRequest l;
  l.set_partition("HR");
  EXPECT_EQ(call<ListOutgoingResponse>("EmailSettingsService/ListOutgoing", l)->servers_size(), 1);
}

TEST_F(setup, mapi_and_a_literal_secret_are_refused_and_the_secret_is_not_shown) {
  AddIncomingRequest a;
  a.set_partition("IT");
  *a.mutable_server() = part("IT").incoming(0);
  a.mutable_server()->set_name("second");
  a.mutable_server()->set_login("second@example.org");
  a.mutable_server()->set_protocol("MAPI");
  a.mutable_server()->set_password("hunter2");
  const auto got = call<SetupResponse>("EmailSettingsService/AddIncoming", a);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->problems_size(), 2);
  EXPECT_EQ(got->problems(0).path(), "protocol");
  EXPECT_NE(got->problems(0).problem().find("ended with ASM 10.5"), std::string::npos);
  EXPECT_EQ(got->problems(1).path(), "password");
  EXPECT_EQ(got->ShortDebugString().find("hunter2"), std::string::npos);
}

TEST_F(setup, a_change_without_a_revision_or_for_an_old_one_is_refused) {
  auto first = update_of_it_in();
  auto second = first;
  first.mutable_server()->set_port(1993);
  second.mutable_server()->set_port(2993);
  ASSERT_TRUE(change("EmailSettingsService/UpdateIncoming", first));
  const auto stale = refused("EmailSettingsService/UpdateIncoming", second);
  EXPECT_EQ(stale.code, ec::outdated);
  EXPECT_NE(stale.detail.find("changed incoming[it-in].port"), std::string::npos) << stale.detail;
  second.set_revision(0);
  EXPECT_EQ(refused("EmailSettingsService/UpdateIncoming", second).detail,
            "revision: it is missing; read the object first and give the revision it came with");
  EXPECT_EQ(incoming("IT", "it-in").server().port(), 1993u);
}

TEST_F(setup, a_server_that_never_was_is_not_found_and_one_that_was_removed_is_outdated) {
  auto update = update_of_it_in();
  DeleteServerRequest remove;
  remove.set_partition("IT");
  remove.set_name("it-in");
  remove.set_revision(update.revision());
  ASSERT_TRUE(change("EmailSettingsService/DeleteIncoming", remove));
  update.mutable_server()->set_port(1993);
  EXPECT_EQ(refused("EmailSettingsService/UpdateIncoming", update).code, ec::outdated);
  remove.set_name("never");
  EXPECT_EQ(refused("EmailSettingsService/DeleteIncoming", remove).code, ec::not_found);
  update.set_name("never");
  update.mutable_server()->set_name("never");
  EXPECT_EQ(refused("EmailSettingsService/UpdateIncoming", update).code, ec::not_found);
}

TEST_F(setup, the_protocol_of_a_server_can_change) {
  auto r = update_of_it_in();
  r.mutable_server()->set_protocol("POP3");
  EXPECT_TRUE(change("EmailSettingsService/UpdateIncoming", r));
}

TEST_F(setup, lists_hold_only_servers_of_partitions_where_the_caller_may) {
  const auto hanna = of_hr(SYSTEM_SETUP);
  ListServersRequest r;
  auto list = list_servers<incoming_kind>(*state, r, hanna);
  ASSERT_EQ(list->servers_size(), 1);
  EXPECT_EQ(list->servers(0).partition(), "HR");
  r.set_partition("IT");
  EXPECT_EQ(list_servers<incoming_kind>(*state, r, hanna)->servers_size(), 0);
  EXPECT_EQ(list_servers<outgoing_kind>(*state, {}, of_hr(IPK_SETUP))->servers_size(), 0);
}

TEST_F(setup, a_server_somebody_else_has_open_is_shown_so_and_left_alone_until_the_lease_ends) {
  ASSERT_TRUE(state->leases.open({"IT", SERVER_KIND_INCOMING, "it-in"}, "bob"));
  auto r = update_of_it_in();
  EXPECT_EQ(incoming("IT", "it-in").opened_by(), "bob");
  EXPECT_EQ(incoming("IT", "it-in").opened_until(), to_millis(noon) + 300'000);
  EXPECT_EQ(incoming("HR", "hr-in").opened_by(), "");
  r.mutable_server()->set_port(1993);
  const auto failed = refused("EmailSettingsService/UpdateIncoming", r);
  EXPECT_EQ(failed.code, ec::conflict);
  EXPECT_NE(failed.detail.find("bob until 2026-11-23T12:05:00"), std::string::npos)
      << failed.detail;
  DeleteServerRequest d;
  d.set_partition("IT");
  d.set_name("it-in");
  d.set_revision(r.revision());
  EXPECT_EQ(refused("EmailSettingsService/DeleteIncoming", d).code, ec::conflict);
  now += duration{300'000};
  EXPECT_EQ(incoming("IT", "it-in").opened_by(), "");
  EXPECT_TRUE(change("EmailSettingsService/UpdateIncoming", r));
}

TEST_F(setup, open_gives_the_server_and_takes_it_over_only_with_a_reason) {
  OpenServerRequest o;
  o.set_partition("IT");
  o.set_name("it-in");
  EXPECT_EQ(call<OpenServerResponse>("EmailSettingsService/Open", o).code(), ec::config_invalid);
  o.set_kind(SERVER_KIND_INCOMING);
  ASSERT_TRUE(state->leases.open({"IT", SERVER_KIND_INCOMING, "it-in"}, "bob"));
  EXPECT_EQ(call<OpenServerResponse>("EmailSettingsService/Open", o).code(), ec::conflict);
  CloseServerRequest c;
  c.set_partition("IT");
  c.set_kind(SERVER_KIND_INCOMING);
  c.set_name("it-in");
  EXPECT_EQ(call<CloseServerResponse>("EmailSettingsService/Close", c).code(), ec::conflict);
  o.set_take_over(true);
  EXPECT_EQ(call<OpenServerResponse>("EmailSettingsService/Open", o).code(), ec::config_invalid);
  o.set_reason("bob is on holiday");
  o.set_opened_by("ann");
  const auto late = call<OpenServerResponse>("EmailSettingsService/Open", o);
  EXPECT_EQ(late.code(), ec::conflict) << "ann had it when it was looked at, bob took it since";
  o.set_opened_by("bob");
  const auto opened = call<OpenServerResponse>("EmailSettingsService/Open", o);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->taken_from(), "bob");
  EXPECT_EQ(opened->incoming().server().name(), "it-in");
  EXPECT_EQ(opened->incoming().revision(), incoming("IT", "it-in").revision());
  const auto list = list_audit(process->backend(), {}, access::caller::machine_operator("", ""));
  ASSERT_TRUE(list);
  const auto& entry = list->items(0).entry();
  EXPECT_EQ(entry.what() + ": " + entry.detail() + ": " + entry.reason(),
            "server taken over: incoming server it-in: bob is on holiday");
  EXPECT_EQ(entry.partition() + ": " + entry.before(), "IT: opened by bob");
  EXPECT_NE(opened->incoming().opened_by(), "bob");
  EXPECT_TRUE(call<CloseServerResponse>("EmailSettingsService/Close", c));
  EXPECT_EQ(incoming("IT", "it-in").opened_by(), "");
  o.set_name("nothing");
  EXPECT_EQ(call<OpenServerResponse>("EmailSettingsService/Open", o).code(), ec::not_found);
  c.set_name("nothing");
  EXPECT_EQ(call<CloseServerResponse>("EmailSettingsService/Close", c).code(), ec::not_found);
  c.set_kind(SERVER_KIND_OUTGOING);
  EXPECT_EQ(call<CloseServerResponse>("EmailSettingsService/Close", c).code(), ec::not_found);
}

TEST_F(setup, servers_of_a_partition_that_never_was_are_not_an_empty_list) {
  ListServersRequest r;
  r.set_partition("GONE");
  EXPECT_EQ(call<ListIncomingResponse>("EmailSettingsService/ListIncoming", r).code(),
            ec::not_found);
  EXPECT_EQ(call<ListOutgoingResponse>("EmailSettingsService/ListOutgoing", r).code(),
            ec::not_found);
}

TEST_F(setup, who_sets_up_one_partition_cannot_have_the_operators_secret_sent_elsewhere) {
  auto r = update_of_it_in();
  r.mutable_server()->set_password("env:OF_THE_MACHINE");
  ASSERT_TRUE(change("EmailSettingsService/UpdateIncoming", r));
  const auto ida = sign_in("ida", {SYSTEM_SETUP}, "IT");
  r = update_of_it_in();
  r.mutable_server()->set_host("mail.example.net");
  r.mutable_server()->set_ca_file("/etc/passwd");
  const auto moved = call_as<SetupResponse>(ida, "EmailSettingsService/UpdateIncoming", r);
  ASSERT_TRUE(moved) << moved.error().text();
  ASSERT_EQ(moved->problems_size(), 2);
  EXPECT_EQ(moved->problems(0).path(), "host");
  EXPECT_EQ(moved->problems(1).path(), "ca_file");
  EXPECT_EQ(incoming("IT", "it-in").server().host(), part("IT").incoming(0).host());
  AddOutgoingRequest a;
  a.set_partition("IT");
  *a.mutable_server() = part("IT").outgoing(0);
  a.mutable_server()->set_name("spare");
  a.mutable_server()->set_login("it");
  a.mutable_server()->set_password("file:/etc/shadow");
  const auto added = call_as<SetupResponse>(ida, "EmailSettingsService/AddOutgoing", a);
  ASSERT_TRUE(added) << added.error().text();
  ASSERT_EQ(added->problems_size(), 1) << added->ShortDebugString();
  EXPECT_EQ(added->problems(0).path(), "password");
  r = update_of_it_in();
  r.mutable_server()->set_window_count(8);
  const auto good = call_as<SetupResponse>(ida, "EmailSettingsService/UpdateIncoming", r);
  ASSERT_TRUE(good) << good.error().text();
  EXPECT_TRUE(good->problems().empty()) << good->ShortDebugString();
}

TEST_F(setup, a_revision_tells_nothing_of_what_happens_in_other_partitions) {
  const auto before = incoming("HR", "hr-in").revision();
  auto r = update_of_it_in();
  r.mutable_server()->set_port(1993);
  ASSERT_TRUE(change("EmailSettingsService/UpdateIncoming", r));
  EXPECT_EQ(incoming("HR", "hr-in").revision(), before);
}

}  // namespace postroom::app
