// Commits numbered batches and prints each number once it is acknowledged. The kill test ends it
// without warning. Usage: kill_child <root> <first number>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "storage/engines.hpp"

using namespace postroom;
using namespace postroom::storage;

namespace {

[[noreturn]] void give_up(const error& e) {
  std::fprintf(stderr, "%s\n", e.text().c_str());
  std::exit(1);
}

/// Two staged pieces and a commit that names them; part sizes around the blob limit.
void commit_batch(unit_store& store, epoch owner, int number) {
  auto name = std::to_string(number);
  write_batch pieces;
  pieces.put("piece-" + name + "-0", std::string(20'000, 'a') + name);
  pieces.put("piece-" + name + "-1", std::string(500, 'b') + name);
  if (auto staged = store.stage(owner, std::move(pieces)); !staged) give_up(staged.error());
  write_batch batch;
  for (auto part : {"head-", "body-", "tail-"})
    batch.put(part + name, std::string(3000, 'c') + name);
  batch.erase("pending-" + std::to_string(number - 1));
  batch.put("pending-" + name, "");
  if (auto done = store.commit(owner, std::move(batch)); !done) give_up(done.error());
}

/// One write call: a line is told whole or not at all.
void acknowledge(int number) {
  auto line = std::to_string(number) + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  rocks_options small;  // so that flushes and new logs happen while we run
  small.unit_write_buffer_bytes = 256u << 10;
  auto engine = make_rocks_engine(argv[1], small);
  if (!engine) give_up(engine.error());
  auto store = (*engine)->open("partition-IT");
  if (!store) give_up(store.error());
  auto owner = (*store)->claim();
  if (!owner) give_up(owner.error());
  for (int number = std::atoi(argv[2]);; ++number) {
    commit_batch(**store, *owner, number);
    acknowledge(number);
  }
}
