#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <random>

#include "tests/storage/engine_fixture.hpp"

using namespace postroom;
using namespace postroom::storage;
using namespace postroom::storage::test;

namespace {

/// The child program and what it told before it died.
class child {
 public:
  /// `inject` arms the child's injection points.
  child(const std::filesystem::path& root, int first, const std::string& inject) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addclose(&actions, ends[0]);
    ::posix_spawn_file_actions_addclose(&actions, ends[1]);
    std::string program = KILL_CHILD, from = root, number = std::to_string(first),
                armed = "POSTROOM_INJECT=" + inject;
    char* args[] = {program.data(), from.data(), number.data(), nullptr};
    char* environment[] = {armed.data(), nullptr};
    int failed = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, args, environment);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    told_ = ::fdopen(ends[0], "r");
    if (failed != 0 || !told_) throw std::runtime_error("cannot start " + program);
  }
  ~child() {
    kill();
    wait();
    std::fclose(told_);
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// The next acknowledged number, or -1 when the child is dead and all it told is read.
  int next() {
    int number = -1;
    if (std::fscanf(told_, "%d", &number) != 1) return -1;
    return last_ = number;
  }
  int last_told() {
    while (next() >= 0) {
    }
    return last_;
  }
  void kill() const {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
  }
  /// The signal that ended it; 0 when it went by itself.
  int wait() {
    int status = 0;
    if (pid_ > 0) ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

 private:
  pid_t pid_ = -1;
  std::FILE* told_ = nullptr;
  int last_ = -1;
};

bool has(const unit_store& store, const std::string& part, int number) {
  auto name = std::to_string(number);
  auto value = got(store, part + name);
  if (value) {
    EXPECT_EQ(*value, std::string(3000, 'c') + name) << part << name;
  }
  return value.has_value();
}

/// The pieces staged before a commit that is there.
void expect_pieces(const unit_store& store, int number) {
  auto name = std::to_string(number);
  EXPECT_EQ(got(store, "piece-" + name + "-0"), std::string(20'000, 'a') + name);
  EXPECT_EQ(got(store, "piece-" + name + "-1"), std::string(500, 'b') + name);
}

/// Every batch up to the last one is there whole, with its pieces; gives that last number.
int expect_whole_batches(const std::filesystem::path& root, int acknowledged) {
  auto engine = rocks_in(root);
  auto store = engine->open("partition-IT");
  if (!store) {
    ADD_FAILURE() << store.error().text();
    return acknowledged;
  }
  int number = 1;
  for (;; ++number) {
    bool head = has(**store, "head-", number);
    EXPECT_EQ(has(**store, "body-", number), head) << number;
    EXPECT_EQ(has(**store, "tail-", number), head) << number;
    if (!head) break;
    expect_pieces(**store, number);
  }
  int last = number - 1;
  EXPECT_GE(last, acknowledged);
  EXPECT_LE(last, acknowledged + 1) << "one commit at most was under way";
  EXPECT_EQ(scanned(**store, {"head-", "head."}).size(), static_cast<std::size_t>(last));
  auto pending = scanned(**store, {"pending-", "pending."});
  EXPECT_EQ(pending,
            last == 0 ? pair_list{} : (pair_list{{"pending-" + std::to_string(last), ""}}));
  return last;
}

}  // namespace

TEST(kill, twenty_deaths_at_random_moments_lose_nothing_and_leave_nothing_half_done) {
  temp_folder folder;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  int last = 0;
  for (int round = 0; round < 20; ++round) {
    child running{folder.path(), last + 1, ""};
    int wanted = last + static_cast<int>(random() % 25);
    int acknowledged = last;
    while (acknowledged < wanted && acknowledged >= 0) acknowledged = running.next();
    ASSERT_GE(acknowledged, 0) << "the child went before it was killed";
    running.kill();
    acknowledged = std::max(last, running.last_told());
    EXPECT_EQ(running.wait(), SIGKILL);
    last = expect_whole_batches(folder.path(), acknowledged);
  }
  EXPECT_GT(last, 20);
}

#ifdef POSTROOM_INJECTION
/// Runs a child with a point armed until that point kills it.
static int run_until_killed_at(const std::filesystem::path& root, int first,
                               const std::string& point) {
  child running{root, first, point + "=kill@4"};
  int last = running.last_told();
  EXPECT_EQ(running.wait(), SIGKILL) << point;
  return last;
}

TEST(kill, death_before_staging_or_writing_loses_only_what_was_not_acknowledged) {
  for (auto point : {"store.stage.before", "store.commit.before_write"}) {
    temp_folder folder;
    EXPECT_EQ(run_until_killed_at(folder.path(), 1, point), 3);
    EXPECT_EQ(expect_whole_batches(folder.path(), 3), 3) << point;
    EXPECT_EQ(run_until_killed_at(folder.path(), 4, point), 6);
    EXPECT_EQ(expect_whole_batches(folder.path(), 6), 6) << point;
  }
}

TEST(kill, death_between_the_sync_and_the_acknowledgement_keeps_the_batch) {
  temp_folder folder;
  EXPECT_EQ(run_until_killed_at(folder.path(), 1, "store.commit.after_sync"), 3);
  EXPECT_EQ(expect_whole_batches(folder.path(), 3), 4);
}
#endif
