#pragma once

#include <string_view>

/// Named fault injection points. `POSTROOM_INJECT("store.commit.before_sync")` compiles to nothing
/// in a release build. Elsewhere the environment variable POSTROOM_INJECT arms points:
/// "name=action@n,name2=action" with the actions kill (SIGKILL to ourselves), throw
/// (std::runtime_error) and pause (100 ms); @n counts from 1, without it every hit. docs/testing.md
/// lists the points.
#ifdef POSTROOM_INJECTION
#define POSTROOM_INJECT(name) ::postroom::inject_hit(name)
#else
#define POSTROOM_INJECT(name) ((void)0)
#endif

namespace postroom {
/// One pass through a point. Any thread.
void inject_hit(std::string_view name);
/// Replaces what is armed; for tests within one process.
void inject_arm(std::string_view spec);
}  // namespace postroom
