#include "app/left_behind.hpp"

#include <gtest/gtest.h>

#include "storage/engines.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"
#include "tests/app/stored_secrets.hpp"

namespace postroom::app {
namespace {

using list = std::vector<std::string>;

struct removed : testing::Test {
  std::shared_ptr<storage::engine> engine = storage::make_memory_engine();
  std::shared_ptr<storage::unit_store> directory = *engine->open(storage::directory_unit);
  std::unique_ptr<secrets::vault> vault = vault_in(*engine, "k");
  std::unique_ptr<access::registry> registry;

  /// A role and a secret that name HR.
  removed() {
    access::registry_options o;
    o.cost = {16, 1, 1};
    registry = *access::registry::open(*engine, std::move(o));
    access::AccessRole role;
    role.set_name("desk");
    auto& grant = *role.add_grants();
    grant.set_right(access::right::VIEW_CALLS);
    grant.add_partitions("HR");
    EXPECT_TRUE(registry->put_role(access::caller::machine_operator("root", "unix"), role));
    EXPECT_TRUE(vault->put({"HR", "imap"}, "x", {"root", "unix", "", time_point{}}));
  }
  void add_person(const std::string& partition) const {
    record::v1::Person p;
    p.set_id(1);
    p.set_partition(partition);
    storage::write_batch batch;
    batch.put(storage::keys::person(person_id{1}), p.SerializeAsString());
    EXPECT_TRUE(directory->commit(*directory->claim(), std::move(batch)));
  }
  list left(const std::string& partition) const {
    const auto got = left_behind(partition, *engine, *directory, *vault, *registry);
    EXPECT_TRUE(got);
    return got ? *got : list{};
  }
};

}  // namespace

TEST_F(removed, a_new_id_may_have_its_secrets_and_roles_ready) {
  add_person("IT");
  EXPECT_EQ(left("HR"), list{});
}

TEST_F(removed, data_on_disk_is_told_with_all_that_goes_with_it) {
  ASSERT_TRUE(engine->open(storage::partition_unit(partition_id{"HR"})));
  EXPECT_EQ(left("HR"), (list{"calls, mails and ledger", "1 secret", "1 role that names it"}));
}

TEST_F(removed, people_alone_tell_that_the_id_was_used_before) {
  add_person("HR");
  EXPECT_EQ(left("HR"), (list{"1 person", "1 secret", "1 role that names it"}));
}

}  // namespace postroom::app
