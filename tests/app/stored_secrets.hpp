#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "postroom/config/v1/config.pb.h"
#include "secrets/vault.hpp"
#include "storage/engines.hpp"
#include "storage/unit_names.hpp"

namespace postroom::app {

/// A vault in memory; without letters it has no key.
inline std::unique_ptr<secrets::vault> vault_in(storage::engine& engine,
                                                const std::string& letters) {
  secrets::key_ring keys;
  for (const char c : letters)
    EXPECT_TRUE(keys.add(secrets::secure_bytes::copy_of(std::string(secrets::key_bytes, c))));
  auto store = *engine.open(storage::secrets_unit);
  const auto owner = *store->claim();
  auto opened = secrets::vault::open(store, owner, std::move(keys));
  EXPECT_TRUE(opened) << opened.error().text();
  return std::move(*opened);
}

/// Partition IT with one server, "it-in", that names the secret "imap".
inline config::v1::Settings settings_with_a_secret() {
  config::v1::Settings out;
  auto* part = out.add_partitions();
  part->set_id("IT");
  auto* server = part->add_incoming();
  server->set_name("it-in");
  server->set_password("secret:imap");
  return out;
}

}  // namespace postroom::app
