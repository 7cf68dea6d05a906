#include "storage/store.hpp"

#include <cassert>
#include <iterator>

namespace postroom::storage {

void write_batch::put(std::string key, std::string value) {
  bytes_ += key.size() + value.size();
  ops_.push_back({op_kind::put, std::move(key), std::move(value), nullptr, {}});
}

void write_batch::put_shared(std::string key, std::shared_ptr<const std::string> owner,
                             std::string_view part) {
  assert(owner && part.data() >= owner->data() &&
         part.data() + part.size() <= owner->data() + owner->size());
  bytes_ += key.size() + part.size();
  ops_.push_back({op_kind::put, std::move(key), {}, std::move(owner), part});
}

void write_batch::erase(std::string key) {
  bytes_ += key.size();
  ops_.push_back({op_kind::erase, std::move(key), {}, nullptr, {}});
}

void write_batch::erase_range(std::string first, std::string last) {
  bytes_ += first.size() + last.size();
  ops_.push_back({op_kind::erase_range, std::move(first), std::move(last), nullptr, {}});
}

void write_batch::append(write_batch&& other) {
  bytes_ += other.bytes_;
  ops_.insert(ops_.end(), std::make_move_iterator(other.ops_.begin()),
              std::make_move_iterator(other.ops_.end()));
  other.ops_.clear();
  other.bytes_ = 0;
}

}  // namespace postroom::storage
