#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/engines.hpp"

namespace postroom::storage::test {

/// A folder of its own for each test, removed afterwards.
class temp_folder {
 public:
  temp_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "postroom-store-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~temp_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline write_batch putting(std::string key, std::string value) {
  write_batch out;
  out.put(std::move(key), std::move(value));
  return out;
}

/// Bytes no compressor makes small, the same for the same seed.
inline std::string noise(std::size_t size, uint64_t seed) {
  std::string out(size, '\0');
  for (auto& c : out) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    c = static_cast<char>(seed >> 56);
  }
  return out;
}

using pair_list = std::vector<std::pair<std::string, std::string>>;

/// What a scan shows. An error fails the test.
inline pair_list scanned(const unit_store& store, const key_range& range, bool reverse = false) {
  pair_list out;
  auto done = store.scan(
      range,
      [&](std::string_view key, std::string_view value) {
        out.emplace_back(key, value);
        return true;
      },
      reverse);
  EXPECT_TRUE(done) << done.error().text();
  return out;
}

inline std::optional<std::string> got(const unit_store& store, std::string_view key) {
  auto value = store.get(key);
  EXPECT_TRUE(value) << value.error().text();
  return value ? *value : std::nullopt;
}

struct engine_kind {
  std::string name;
  std::function<std::unique_ptr<engine>(const std::filesystem::path&)> make;
};

/// The contract every engine keeps, run over each of them.
class contract : public testing::TestWithParam<engine_kind> {
 protected:
  void SetUp() override {
    engine_ = GetParam().make(folder_.path());
    store_ = opened("partition-IT");
    owner_ = claimed(*store_);
  }

  std::shared_ptr<unit_store> opened(const std::string& unit) {
    auto store = engine_->open(unit);
    if (!store) throw std::runtime_error(store.error().text());
    return *store;
  }

  static epoch claimed(unit_store& store) {
    auto owner = store.claim();
    if (!owner) throw std::runtime_error(owner.error().text());
    return *owner;
  }

  void commit(write_batch batch) {
    auto done = store_->commit(owner_, std::move(batch));
    ASSERT_TRUE(done) << done.error().text();
  }

  temp_folder folder_;
  std::unique_ptr<engine> engine_;
  std::shared_ptr<unit_store> store_;
  epoch owner_;
};

inline std::unique_ptr<engine> rocks_in(const std::filesystem::path& root) {
  auto made = make_rocks_engine(root);
  if (!made) throw std::runtime_error(made.error().text());
  return std::move(*made);
}

inline auto every_engine() {
  return testing::Values(engine_kind{"memory", [](const auto&) { return make_memory_engine(); }},
                         engine_kind{"rocksdb", [](const auto& root) { return rocks_in(root); }});
}

inline std::string name_of(const testing::TestParamInfo<engine_kind>& info) {
  return info.param.name;
}

}  // namespace postroom::storage::test
