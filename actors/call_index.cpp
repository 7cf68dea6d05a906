#include "actors/call_index.hpp"

#include <set>
#include <utility>

#include "storage/keys.hpp"

namespace postroom::actors {
namespace keys = storage::keys;
using record::v1::Call;

namespace {

constexpr std::size_t commit_at = 10'000;  // changes: bounds the memory of very many calls
constexpr std::string_view done_mark = "open_calls";

std::set<std::string> keys_of(const Call& call) {
  std::set<std::string> out;
  for (const auto person : {call.user().person(), call.logging_analyst().person()})
    if (person != 0) out.insert(keys::open_call_of(person_id{person}, call_number{call.number()}));
  return out;
}

}  // namespace

void put_call(storage::write_batch& batch, const Call& call) {
  batch.put(keys::call(call_number{call.number()}), call.SerializeAsString());
  for (const auto& key : keys_of(call))
    if (call.state() == record::v1::OPEN)
      batch.put(key, "");
    else
      batch.erase(key);
}

result<void> index_open_calls(storage::unit_store& store, epoch owner, storage::write_batch& last) {
  auto mark = store.get(keys::meta(done_mark));
  if (!mark) return mark.error();
  if (*mark) return {};
  storage::write_batch batch;
  result<void> done;
  auto scanned =
      store.scan(keys::all_of(keys::kind::call), [&](std::string_view, std::string_view value) {
        Call call;
        if (!call.ParseFromArray(value.data(), static_cast<int>(value.size()))) return true;
        if (call.state() != record::v1::OPEN) return true;
        for (const auto& key : keys_of(call)) batch.put(key, "");
        if (batch.ops().size() < commit_at) return true;
        done = store.commit(owner, std::exchange(batch, {}));
        return done.ok();
      });
  if (!scanned) return scanned;
  if (!done) return done;
  last.append(std::move(batch));
  last.put(keys::meta(done_mark), "1");
  return {};
}

}  // namespace postroom::actors
