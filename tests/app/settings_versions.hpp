#pragma once

#include <gtest/gtest.h>

#include <string>

#include "postroom/config/v1/config.pb.h"
#include "postroom/record/v1/record.pb.h"
#include "storage/keys.hpp"
#include "storage/store.hpp"

namespace postroom::app {

/// Stores versions 1 to `n`: one partition whose name is its version.
inline void store_versions(storage::unit_store& store, uint64_t n) {
  storage::write_batch batch;
  for (uint64_t v = 1; v <= n; ++v) {
    config::v1::Settings settings;
    auto* p = settings.add_partitions();
    p->set_id("IT");
    p->set_name("name " + std::to_string(v));
    record::v1::SettingsVersion about;
    about.set_version(v);
    about.set_at(1'795'442'021'042);
    about.set_who("ann");
    about.set_reason("reason " + std::to_string(v));
    about.add_changed("~ IT name: a -> \x1b[31mb");
    about.set_changes(5);
    batch.put(storage::keys::settings(v), settings.SerializeAsString());
    batch.put(storage::keys::settings_version(v), about.SerializeAsString());
  }
  ASSERT_TRUE(store.commit(*store.claim(), std::move(batch)));
}

}  // namespace postroom::app
