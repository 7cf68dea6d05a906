#include "app/admin_gate.hpp"

#include "postroom/admin/v1/access.pb.h"
#include "postroom/admin/v1/audit.pb.h"
#include "postroom/admin/v1/secrets.pb.h"
#include "tests/app/rights_world.hpp"

namespace postroom::app {
namespace {

using namespace admin::v1;

struct admin_gate_fixture : rights_world {
  void SetUp() override {
    rights_world::SetUp();
    access::AccessRole role;
    role.set_name("hr");
    auto* g = role.add_grants();
    g->set_right(VIEW_CALLS);
    g->add_partitions("HR");
    ASSERT_TRUE(registry->put_role(machine, role));
    access::AccessPrincipal p;
    p.set_name("ann");
    p.add_roles("hr");
    p.set_certificate_subject("CN=ann,O=Example");
    ASSERT_TRUE(registry->add_principal(machine, p, "correct horse battery"));
  }
  result<access::caller> who(const api::call_context& context) const {
    return server->gate().admit("postroom.admin.v1.AccessService/WhoAmI", WhoAmIRequest{}, context);
  }
  static api::call_context with_header(const std::string& value) {
    api::call_context c;
    c.peer = "10.0.0.1:1";
    c.authorization = value;
    return c;
  }
};

}  // namespace

TEST_F(admin_gate_fixture, the_peer_of_the_socket_is_the_operator_by_the_name_of_its_user) {
  api::call_context c;
  c.peer = "unix";
  EXPECT_EQ(who(c).code(), ec::unauthenticated) << "only the kernel's word counts";
  c.uid = 0;
  EXPECT_EQ(who(c)->name(), "root");
  EXPECT_EQ(who(c)->by(), access::proof::machine);
  c.uid = 4'000'000'001;
  EXPECT_EQ(who(c)->name(), "uid 4000000001");
}

TEST_F(admin_gate_fixture, sessions_tokens_and_certificates_name_their_principal) {
  const auto session = registry->sign_in("ann", "correct horse battery", "10.0.0.1:1");
  EXPECT_EQ(who(with_header("Bearer " + session->secret))->by(), access::proof::session);
  const auto token = registry->create_token(machine, {"x", {}, 0, "ann"});
  EXPECT_EQ(who(with_header("Bearer " + token->secret))->by(), access::proof::token);
  auto c = with_header("");
  c.client_certificate = "CN=ann,O=Example";
  EXPECT_EQ(who(c)->name(), "ann");
  c.client_certificate = "CN=ann";
  EXPECT_EQ(who(c).code(), ec::unauthenticated);
}

TEST_F(admin_gate_fixture, other_headers_sign_nobody_in) {
  for (const auto* header : {"Basic YW5uOng=", "Bearer", "Bearer ", "Bearer x", "bearer x", "x"})
    EXPECT_EQ(who(with_header(header)).code(), ec::unauthenticated) << header;
  EXPECT_EQ(who(with_header("Bearer " + std::string(100'000, 'x'))).code(), ec::unauthenticated);
}

TEST_F(admin_gate_fixture, a_stale_sign_in_does_not_keep_anybody_from_signing_in_anew) {
  EXPECT_TRUE(server->gate().admit("postroom.admin.v1.AccessService/SignIn", SignInRequest{},
                                   with_header("Bearer stale")));
}

TEST_F(admin_gate_fixture, a_method_without_a_rule_lets_in_nobody) {
  api::call_context c;
  c.uid = 0;
  EXPECT_EQ(server->gate().admit("postroom.admin.v1.NoService/Do", WhoAmIRequest{}, c).code(),
            ec::forbidden);
}

TEST_F(admin_gate_fixture, a_mailbox_that_no_store_has_seen_yet_belongs_to_who_polls_it) {
  GetLedgerRequest request;
  request.set_mailbox("new-box");
  auto b = backend();
  b.board = []() -> result<GetStatusResponse> {
    GetStatusResponse all;
    auto& p = *all.add_partitions();
    p.set_id("HR");
    p.add_mailboxes()->set_name("new-box");
    return all;
  };
  auto c = with_header("");
  c.client_certificate = "CN=ann,O=Example";
  const std::string method = "postroom.admin.v1.LedgerService/Get";
  EXPECT_TRUE(make_gate(b).admit(method, request, c));
  EXPECT_EQ(server->gate().admit(method, request, c).error().detail,
            "there is no mailbox \"new-box\" that you may see");
}

TEST_F(admin_gate_fixture, the_id_of_a_partition_may_be_written_in_any_case) {
  const auto session = registry->sign_in("ann", "correct horse battery", "10.0.0.1:1");
  const auto context = with_header("Bearer " + session->secret);
  ListCallsRequest request;
  request.set_partition("hr");
  const auto& list = server->methods().at("postroom.admin.v1.CallsService/List");
  const auto small = list(request, context);
  ASSERT_TRUE(small) << small.error().text();
  request.set_partition("HR");
  EXPECT_EQ((*small)->SerializeAsString(), (*list(request, context))->SerializeAsString());
  EXPECT_NE((*small)->SerializeAsString().find(own_marker), std::string::npos);
}

TEST_F(admin_gate_fixture, a_grant_names_a_partition_in_any_case) {
  PutRoleRequest request;
  request.mutable_role()->set_name("small");
  auto* g = request.mutable_role()->add_grants();
  g->set_right(OUTBOX);
  g->add_partitions("hr");
  api::call_context c;
  c.uid = 0;
  ASSERT_TRUE(server->methods().at("postroom.admin.v1.AccessService/PutRole")(request, c));
  EXPECT_EQ(registry->now()->roles.at("small").grants(0).partitions(0), "HR");
}

/// What each right opens of the mails of HR: mail 7 is in the quarantine, mail 8 is not.
TEST_F(admin_gate_fixture, a_raw_mail_takes_the_right_for_where_it_is) {
  hr.mail(8, {"logged"}, 6);
  for (const auto& [right, mail, seen] :
       {std::tuple{VIEW_CALLS, 7, false}, std::tuple{VIEW_CALLS, 8, true},
        std::tuple{QUARANTINE, 7, true}, std::tuple{QUARANTINE, 8, false}}) {
    access::AccessRole role;
    role.set_name("hr");
    auto* g = role.add_grants();
    g->set_right(right);
    g->add_partitions("HR");
    ASSERT_TRUE(registry->put_role(machine, role));
    auto c = with_header("");
    c.client_certificate = "CN=ann,O=Example";
    GetRawRequest request;
    request.set_partition("HR");
    request.set_mail(mail);
    const auto got = server->methods().at("postroom.admin.v1.CallsService/GetRaw")(request, c);
    EXPECT_EQ(got.ok(), seen) << Right_Name(right) << " " << mail;
    if (got) continue;
    EXPECT_EQ(got.error().detail,
              "there is no mail HR/" + std::to_string(mail) + " that you may see");
  }
}

TEST_F(admin_gate_fixture, the_audit_names_no_open_partition_that_its_reader_has_no_right_in) {
  access::AccessRole role;
  role.set_name("hr");
  auto* g = role.add_grants();
  g->set_right(AUDIT);
  g->add_partitions("HR");
  g->add_partitions("GONE");
  ASSERT_TRUE(registry->put_role(machine, role));
  auto c = with_header("");
  c.client_certificate = "CN=ann,O=Example";
  ListAuditRequest request;
  request.set_partition("GONE");
  const auto got = server->methods().at("postroom.admin.v1.AuditService/List")(request, c);
  EXPECT_EQ(got.error().detail, "partition GONE is not open; open are: HR");
}

TEST_F(admin_gate_fixture, which_key_a_secret_has_is_told_to_who_sets_up_the_whole_node) {
  for (const bool everywhere : {false, true}) {
    access::AccessRole role;
    role.set_name("hr");
    auto* g = role.add_grants();
    g->set_right(SYSTEM_SETUP);
    g->set_everywhere(everywhere);
    if (!everywhere) g->add_partitions("HR");
    ASSERT_TRUE(registry->put_role(machine, role));
    auto c = with_header("");
    c.client_certificate = "CN=ann,O=Example";
    ListSecretsRequest request;
    request.set_partition("HR");
    const auto got = server->methods().at("postroom.admin.v1.SecretsService/List")(request, c);
    ASSERT_TRUE(got) << got.error().text();
    const auto& answer = static_cast<const ListSecretsResponse&>(**got);
    EXPECT_EQ(answer.newest_key_id().empty(), !everywhere);
    EXPECT_EQ(answer.secrets(0).key_id().empty(), !everywhere);
    EXPECT_TRUE(answer.has_key());
    EXPECT_TRUE(answer.secrets(0).key_newest());
  }
}

}  // namespace postroom::app
