#include "actors/directory_change.hpp"

#include "actors/directory.hpp"
#include "storage/audit_trail.hpp"
#include "storage/unit_names.hpp"
#include "tests/actors/actor_world.hpp"

namespace postroom::actors::test {
namespace {

using record::v1::Person;

/// A directory that a mail of Una has made a person in.
struct directory_change_test : testing::Test, actor_world {
  directory_change_test() {
    unit = *engine->open("directory");
    owner = *unit->claim();
    life = adopt(sys.spawn(directory, directory_args{context, unit, owner, {}}));
    resolve("una@example.com");
  }
  ~directory_change_test() override { stop_all(); }
  partitions::sender_resolution resolve(const std::string& address) {
    auto r = std::make_shared<resolve_people>();
    r->partition = partition_id{"IT"};
    r->senders.push_back({{address, "Una User", "it-in/7/" + address}, true});
    auto got = ask<people_resolved>(life, resolve_request{r});
    EXPECT_TRUE(got->value);
    return got->value->senders->at(0);
  }
  Person una() const { return record<Person>(keys::person(person_id{1})); }
  static config::v1::Person named(const std::string& name, const std::string& address) {
    config::v1::Person p;
    p.set_name(name);
    p.add_addresses(address);
    p.set_user(true);
    return p;
  }
  std::shared_ptr<answer<person_changed>> change(std::optional<config::v1::Person> to,
                                                 uint64_t revision, uint64_t id = 1,
                                                 const std::string& part = "IT") {
    change_person c{partition_id{part}, person_id{id}, revision, std::move(to), "olga", "why",
                    "10.0.0.7"};
    return ask<person_changed>(life, person_request{std::make_shared<const change_person>(c)});
  }

  directory_actor life;
};

TEST_F(directory_change_test, a_change_is_on_disk_with_its_audit_and_counts_for_the_next_mail) {
  auto to = named("Una Changed", "una.new@example.com");
  to.set_format("PLAIN");
  auto got = change(to, revision_of(una()));
  ASSERT_TRUE(got->value);
  EXPECT_EQ(una().name(), "Una Changed");
  EXPECT_EQ(una().format(), "PLAIN");
  EXPECT_EQ(resolve("una.new@example.com").person.id(), 1u);
  EXPECT_EQ(resolve("una@example.com").person.id(), 2u) << "nobody's address any more";
  const auto audit = all<record::v1::AuditEntry>(keys::kind::audit_chain);
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(audit[0].who() + ": " + audit[0].what() + ": " + audit[0].detail(),
            "olga: person changed: person IT/1");
  EXPECT_EQ(audit[0].reason(), "why");
  EXPECT_EQ(audit[0].before(), "name: Una User; addresses: una@example.com");
  EXPECT_EQ(audit[0].after(), "name: Una Changed; addresses: una.new@example.com; format: PLAIN");
  EXPECT_EQ(audit[0].from() + " " + audit[0].partition(), "10.0.0.7 IT");
  const auto chain = storage::audit::verify(storage::directory_unit, *unit);
  ASSERT_TRUE(chain);
  EXPECT_FALSE(chain->damaged);
  EXPECT_EQ(chain->last.sequence, 1u);
}

TEST_F(directory_change_test, a_stale_change_is_refused_and_the_same_one_asked_twice_is_not) {
  const auto before = revision_of(una());
  const auto to = named("Una Changed", "una@example.com");
  ASSERT_TRUE(change(to, before)->value);
  EXPECT_TRUE(change(to, before)->value);
  EXPECT_EQ(change(named("Una Other", "una@example.com"), before)->failed.code, ec::outdated);
  EXPECT_EQ(una().name(), "Una Changed");
  EXPECT_EQ(count(keys::kind::audit_chain), 1u);
}

TEST_F(directory_change_test, a_person_switched_off_stays_with_name_and_addresses) {
  ASSERT_TRUE(change({}, revision_of(una()))->value);
  EXPECT_FALSE(una().active());
  EXPECT_EQ(una().addresses(0), "una@example.com");
  EXPECT_EQ(all<record::v1::AuditEntry>(keys::kind::audit_chain).at(0).what(),
            "person switched off");
  EXPECT_EQ(all<record::v1::AuditEntry>(keys::kind::audit_chain).at(0).before(), "active: yes");
  EXPECT_EQ(all<record::v1::AuditEntry>(keys::kind::audit_chain).at(0).after(), "active: no");
}

TEST_F(directory_change_test, an_address_of_somebody_else_in_the_partition_is_refused) {
  resolve("udo@example.com");
  const auto failed = change(named("Una", "UDO@example.com"), revision_of(una()))->failed;
  EXPECT_EQ(failed.code, ec::already_exists);
  EXPECT_NE(failed.detail.find("person IT/2"), std::string::npos) << failed.detail;
  EXPECT_EQ(una().name(), "Una User");
}

TEST_F(directory_change_test, nobody_of_another_partition_or_of_the_configuration_is_changed) {
  EXPECT_EQ(change({}, 1, 1, "HR")->failed.code, ec::not_found);
  EXPECT_EQ(change({}, 1, 9)->failed.code, ec::not_found);
  auto config = partitions::test::valid_partition();
  ask<done_message>(life, sync_people{model_of(config)});
  EXPECT_EQ(change({}, 1, 2)->failed.code, ec::conflict);
}

TEST_F(directory_change_test, a_disk_that_fails_leaves_the_person_as_it_was) {
  disk->commits.push_back({fail(ec::store_io)});
  const auto revision = revision_of(una());
  const auto to = named("Una Changed", "una.new@example.com");
  EXPECT_EQ(change(to, revision)->failed.code, ec::store_io);
  EXPECT_EQ(resolve("una@example.com").person.name(), "Una User");
  EXPECT_TRUE(change(to, revision)->value);
}

TEST_F(directory_change_test, a_refused_change_does_not_hold_up_what_waits_beside_it) {
  store_pool.held = true;
  auto first = change(named("Una Changed", "una@example.com"), revision_of(una()));
  auto refused = change({}, 1, 9);
  auto third = change({}, 1, 8);
  store_pool.release();
  run();
  EXPECT_TRUE(first->value);
  EXPECT_EQ(refused->failed.code, ec::not_found);
  EXPECT_EQ(third->failed.code, ec::not_found);
}

}  // namespace
}  // namespace postroom::actors::test
