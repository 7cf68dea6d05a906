#include "app/admin_gate.hpp"

#include <sstream>

#include "app/admin_access.hpp"
#include "postroom/admin/v1/access.pb.h"
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

TEST_F(admin_gate_fixture, a_node_without_principals_announces_a_token_that_sets_it_up) {
  std::ostringstream out;
  announce_setup(*registry, out);
  EXPECT_EQ(out.str(), "") << "there is ann";
  const auto fresh_engine = storage::make_memory_engine();
  access::registry_options o;
  o.cost = {16, 1, 1};
  const auto fresh = *access::registry::open(*fresh_engine, std::move(o));
  announce_setup(*fresh, out);
  const auto begin = out.str().find("prx_");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_TRUE(fresh->set_up(out.str().substr(begin, 68), "ann", "correct horse battery"));
}

}  // namespace postroom::app
