#include <pwd.h>

#include "access/rule_check.hpp"
#include "postroom/admin/v1/setup.pb.h"
#include "tests/app/rights_world.hpp"

/// Walks every admin method with every kind of caller; what is expected is computed from the
/// method's rule, so a new method is walked without a change here.
namespace postroom::app {
namespace {

using namespace admin::v1;

/// Who calls: one right at one place, or somebody special.
struct walker {
  std::string name;
  enum class kind { nobody, expired, principal, machine } who = kind::principal;
  Right held = RIGHT_UNSPECIFIED;
  bool everywhere = false;
};

std::vector<walker> every_walker() {
  using enum walker::kind;
  std::vector<walker> out{{"nobody", nobody},
                          {"expired", expired},
                          {"without-rights", principal},
                          {"machine", machine}};
  for (int i = Right_MIN + 1; i <= Right_MAX; ++i)
    if (Right_IsValid(i))
      for (const bool everywhere : {false, true})
        out.push_back({Right_Name(i) + (everywhere ? ".everywhere" : ".hr"), principal,
                       static_cast<Right>(i), everywhere});
  return out;
}

/// What a request names.
struct target {
  std::string partition;  ///< blank: none
  std::map<std::string, std::string> fields;
};

target target_of(const std::string& part, const std::string& box) {
  return {part,
          {{"partition", part},
           {"call", part.empty() ? "" : part + "-000007"},
           {"mailbox", box},
           {"who", ""},
           {"what", ""},
           {"page_token", ""}}};
}

bool holds_right(const Rule& rule, const walker& w) {
  return w.held != RIGHT_UNSPECIFIED && (w.held == rule.right() || w.held == rule.or_right());
}

/// By the rule alone: may this caller do this to that partition?
ec expected(const Rule& rule, const walker& w, const target& t) {
  using enum walker::kind;
  if (rule.scope() == ANYONE) return ec::none;
  if (w.who == nobody || w.who == expired) return ec::unauthenticated;
  const bool blank_refused = rule.scope() == IN_PARTITION && t.partition.empty();
  if (rule.scope() == SIGNED_IN) return ec::none;
  if (w.who == machine) return blank_refused ? ec::config_invalid : ec::none;
  if (!holds_right(rule, w)) return ec::forbidden;
  if (w.everywhere) return blank_refused ? ec::config_invalid : ec::none;
  if (rule.scope() == IN_ALL) return ec::forbidden;
  if (blank_refused) return ec::config_invalid;
  if (rule.scope() == IN_ANY && t.partition.empty()) return ec::none;
  return t.partition == "HR" ? ec::none : ec::not_found;
}

/// What the head alone can tell of it.
ec expected_of_head(const Rule& rule, const walker& w) {
  using enum walker::kind;
  if (rule.scope() == ANYONE) return ec::none;
  if (w.who == nobody || w.who == expired) return ec::unauthenticated;
  if (rule.scope() == SIGNED_IN || w.who == machine) return ec::none;
  const bool held = holds_right(rule, w) && (w.everywhere || rule.scope() != IN_ALL);
  return held ? ec::none : ec::forbidden;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto i = text.find(what); i != std::string::npos; i = text.find(what, i + with.size()))
    text.replace(i, what.size(), with);
  return text;
}

struct rights_walk : rights_world {
  std::vector<walker> walkers = every_walker();
  target own = target_of("HR", "hr-box");
  target others = target_of(hidden, "it-box");
  target none = target_of(absent, "no-box");
  target blank = target_of("", "");
  int calls = 0;

  void SetUp() override {
    rights_world::SetUp();
    for (const auto& w : walkers) add(w);
  }

  void add(const walker& w) {
    access::AccessPrincipal p;
    p.set_name(w.name);
    if (w.held != RIGHT_UNSPECIFIED) {
      access::AccessRole role;
      role.set_name(w.name);
      auto* g = role.add_grants();
      g->set_right(w.held);
      g->set_everywhere(w.everywhere);
      if (!w.everywhere) g->add_partitions("HR");
      ASSERT_TRUE(registry->put_role(machine, role));
      p.add_roles(w.name);
    }
    ASSERT_TRUE(registry->add_principal(machine, p, "walking is healthy"));
  }

  /// A sign-in of its own for each call, as some calls end it.
  api::call_context context_of(const walker& w) {
    at += duration{400'000};  // longer than any pause after failures
    const auto peer = "10.0.0." + std::to_string(++calls % 200) + ":1";
    api::call_context c;
    c.peer = w.who == walker::kind::machine ? "unix" : peer;
    if (w.who == walker::kind::machine) c.uid = 0;
    if (w.who == walker::kind::machine || w.who == walker::kind::nobody) return c;
    const auto session = registry->sign_in(w.name, "walking is healthy", peer);
    EXPECT_TRUE(session) << w.name << ": " << (session ? "" : session.error().text());
    if (session) c.authorization = "Bearer " + session->secret;
    if (w.who == walker::kind::expired) at += access::session_idle;
    return c;
  }

  /// Who did what to the secrets, from the audit.
  void note_secrets(std::vector<std::string>& done_by) const { note_secrets(done_by, *engine); }
  static void note_secrets(std::vector<std::string>& done_by, storage::engine& of) {
    const auto store = *of.open(storage::secrets_unit);
    EXPECT_TRUE(store->scan(storage::keys::all_of(storage::keys::kind::audit_chain),
                            [&](std::string_view, std::string_view value) {
                              record::v1::AuditEntry e;
                              e.ParseFromString(std::string{value});
                              done_by.push_back(e.who() + " from " + e.from());
                              return true;
                            }));
  }

  std::string answer(const pb::MethodDescriptor& m, const walker& w, const target& t) {
    const auto got = call(m, *request_for(m, t.fields), context_of(w));
    return got ? *got : got.error().text();
  }
};

/// What the gate calls the peer of the socket with the number 0.
std::string operator_name() {
  const auto* row = ::getpwuid(0);
  return row ? row->pw_name : "uid 0";
}

bool may_see_others(const walker& w) {
  return w.who == walker::kind::machine || w.everywhere;
}

}  // namespace

TEST_F(rights_walk, every_method_is_registered_behind_the_gate) {
  const auto methods = every_method();
  EXPECT_GE(methods.size(), 30u);
  for (const auto* m : methods) EXPECT_TRUE(server->methods().contains(path_of(*m))) << path_of(*m);
  EXPECT_EQ(server->methods().size(), methods.size());
}

TEST_F(rights_walk, every_caller_gets_what_the_rule_of_the_method_says_and_nothing_else) {
  for (const auto* m : every_method()) {
    const auto& r = m->options().GetExtension(rule);
    for (const auto& w : walkers)
      for (const auto& t : {own, others, none, blank}) {
        const auto request = request_for(*m, t.fields);
        const auto context = context_of(w);
        const auto let_in = server->gate().admit(path_of(*m), *request, context);
        const auto want = expected(r, w, t);
        ASSERT_EQ(to_string(let_in.code()), to_string(want))
            << path_of(*m) << " by " << w.name << " in \"" << t.partition << '"';
        if (want == ec::none) continue;
        const auto got = call(*m, *request, context);
        ASSERT_FALSE(got) << path_of(*m) << " by " << w.name << ": " << *got;
        ASSERT_EQ(got.error().text(), let_in.error().text()) << path_of(*m);
      }
  }
}

TEST_F(rights_walk, before_a_body_is_read_the_head_alone_turns_away_who_can_get_nothing) {
  for (const auto* m : every_method()) {
    const auto& r = m->options().GetExtension(rule);
    for (const auto& w : walkers) {
      auto context = context_of(w);
      context.method = path_of(*m);
      const auto bound = server->gate().look(context);
      ASSERT_EQ(to_string(bound.code()), to_string(expected_of_head(r, w)))
          << path_of(*m) << " by " << w.name;
      if (!bound) continue;
      EXPECT_EQ(bound->may_be_packed, r.scope() != ANYONE) << path_of(*m);
      EXPECT_LE(bound->bytes, r.scope() == ANYONE ? 8u << 10 : 40u << 20) << path_of(*m);
    }
  }
}

TEST_F(rights_walk, nothing_of_others_reaches_who_has_rights_for_one_partition_or_none) {
  for (const auto* m : every_method())
    for (const auto& w : walkers) {
      if (may_see_others(w)) continue;
      for (const auto& t : {own, others, none, blank}) {
        const auto got = answer(*m, w, t);
        const auto where = path_of(*m) + " by " + w.name + " in \"" + t.partition + "\": " + got;
        ASSERT_EQ(got.find(hidden_marker), std::string::npos) << where;
        ASSERT_EQ(got.find("\"settingsVersion\":\"4711\""), std::string::npos) << where;
        if (t.partition == hidden) continue;
        ASSERT_EQ(got.find(hidden), std::string::npos) << where;
        ASSERT_EQ(got.find("it-box"), std::string::npos) << where;
      }
    }
}

TEST_F(rights_walk, what_is_there_and_what_is_not_look_the_same_to_who_may_see_neither) {
  for (const auto* m : every_method())
    for (const auto& w : walkers) {
      if (may_see_others(w) || w.who == walker::kind::expired) continue;
      if (m->options().GetExtension(rule).scope() >= SIGNED_IN) continue;  // names no partition
      auto theirs = replaced(answer(*m, w, others), hidden, absent);
      theirs = replaced(theirs, "it-box", "no-box");
      ASSERT_EQ(theirs, answer(*m, w, none)) << path_of(*m) << " by " << w.name;
    }
}

TEST_F(rights_walk, a_page_token_that_names_a_hidden_partition_opens_nothing) {
  auto forged = blank;
  forged.fields["page_token"] = std::string{"1:"} + hidden + "=9,HR=9";
  for (const auto* m : every_method())
    for (const auto& w : walkers) {
      if (may_see_others(w)) continue;
      const auto got = answer(*m, w, forged);
      ASSERT_EQ(got.find(hidden_marker), std::string::npos) << path_of(*m) << " by " << w.name;
      ASSERT_EQ(got.find(hidden), std::string::npos) << path_of(*m) << " by " << w.name << got;
    }
}

/// Else the walks above could pass because nothing ever answers anything.
TEST_F(rights_walk,
       reads_show_their_own_partition_to_who_has_the_right_and_all_to_who_has_it_everywhere) {
  int own_seen = 0;
  int others_seen = 0;
  for (const auto* m : every_method()) {
    const auto& r = m->options().GetExtension(rule);
    for (const auto& w : walkers) {
      if (!holds_right(r, w)) continue;
      own_seen += answer(*m, w, own).find(own_marker) != std::string::npos;
      const bool shown = answer(*m, w, others).find(hidden_marker) != std::string::npos;
      EXPECT_TRUE(!shown || w.everywhere) << path_of(*m) << " by " << w.name;
      others_seen += shown;
    }
  }
  EXPECT_GE(own_seen, 24) << "twelve reading and acting methods, by two callers each";
  EXPECT_GE(others_seen, 10);
}

TEST_F(rights_walk, the_caller_is_named_in_what_is_done_whatever_the_request_says) {
  std::vector<std::string> done_by;
  auto b = backend();
  b.change_outbox = [&](const actors::change_outbox& c) -> result<record::v1::OutboxEntry> {
    done_by.push_back(c.who + " from " + c.from);
    return record::v1::OutboxEntry{};
  };
  b.discard = [&](const actors::discard_mail& d) -> result<record::v1::QuarantineEntry> {
    done_by.push_back(d.who + " from " + d.from);
    return record::v1::QuarantineEntry{};
  };
  b.change_call = [&](const actors::change_call& c) -> result<actors::call_changed> {
    done_by.push_back(c.to.who + " from " + c.from);
    return actors::call_changed{std::make_shared<record::v1::Call>(), nullptr};
  };
  b.reprocess = [&](const actors::reprocess_mail& r) -> result<actors::mail_reprocessed> {
    done_by.push_back(r.who + " from " + r.from);
    return actors::mail_reprocessed{std::make_shared<record::v1::QuarantineEntry>(),
                                    std::make_shared<record::v1::LedgerEntry>()};
  };
  const auto note = [&](const auto& r, const std::string& from) -> result<ApplyResponse> {
    done_by.push_back(r.who() + " from " + from);
    return ApplyResponse{};
  };
  b.apply = note;
  b.roll_back = note;
  auto s = setup();
  s.change = [&](const auto& c) -> result<actors::change_applied> {
    done_by.push_back(c->who + " from " + c->from);
    return actors::change_applied{};
  };
  s.change_person = [&](const actors::change_person& c) -> result<record::v1::Person> {
    done_by.push_back(c.who + " from " + c.from);
    return record::v1::Person{};
  };
  serve(std::move(b), s);
  auto named = own;
  named.fields["who"] = "the boss";
  int acts = 0;
  int set_up = 0;
  std::string letters = "kn";
  for (const auto* m : every_method()) {
    // Of an authorisation the name of who began it counts, and only a provider can end one.
    const bool only_asks = path_of(*m) == "postroom.admin.v1.AuditService/List" ||
                           path_of(*m) == "postroom.admin.v1.OAuthService/Finish";
    const bool sets_up = m->output_type() == SetupResponse::descriptor();
    if ((!m->input_type()->FindFieldByName("who") && !sets_up) || only_asks) continue;
    if (!sets_up) ++acts;
    for (const auto& w : walkers) {
      const auto& r = m->options().GetExtension(rule);
      if (expected(r, w, named) != ec::none) continue;
      const auto context = context_of(w);
      if (path_of(*m).ends_with("SecretsService/Rotate")) {  // with another newest key each time
        std::swap(letters[0], letters[1]);
        vault = vault_in(*engine, letters);
      }
      if (path_of(*m).ends_with("OAuthService/Forget")) {
        ASSERT_TRUE(oauth_vault->put_token({"HR", "oauth:walked"}, "x",
                                           secrets::change{"root", "unix", "", at}, at));
      }
      const auto got = call(*m, *request_for(*m, named.fields), context);
      if (path_of(*m).ends_with("OAuthService/Begin"))
        done_by.push_back(oauth->status(partition_id{"HR"}, "walked")->pending().begun_by() +
                          " from " + context.peer);
      if (path_of(*m).ends_with("OAuthService/Forget")) note_secrets(done_by, *oauth_engine);
      if (sets_up) {                    // these take the name of whoever signed in
        if (done_by.empty()) continue;  // what was asked for makes no sense
        const auto who = w.who == walker::kind::machine ? operator_name() : w.name;
        EXPECT_EQ(done_by.back(), who + " from " + context.peer) << path_of(*m);
        done_by.clear();
        ++set_up;
        continue;
      }
      ASSERT_TRUE(got) << path_of(*m) << " by " << w.name << ": " << got.error().text();
      if (path_of(*m).find("SecretsService") != std::string::npos) note_secrets(done_by);
      ASSERT_FALSE(done_by.empty()) << path_of(*m);
      EXPECT_EQ(done_by.back(),
                (w.who == walker::kind::machine ? "the boss" : w.name) + " from " + context.peer)
          << path_of(*m);
      done_by.clear();
      if (path_of(*m).ends_with("SecretsService/Remove")) {
        ASSERT_TRUE(vault->put({"HR", "walked"}, "x", {"root", "unix", "", at}));
      }
    }
  }
  EXPECT_EQ(acts, 12) << "three of secrets, two of OAuth, two of settings, four of mails, one of "
                         "calls";
  EXPECT_GE(set_up, 36) << "twelve changes of single objects or more, by three callers each";
}

}  // namespace postroom::app
