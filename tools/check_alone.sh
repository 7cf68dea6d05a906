#!/usr/bin/env bash
# Every source and every header of ours compiles alone: each includes what it uses, and a header may be included twice.
# usage: tools/check_alone.sh BUILD_DIR    configured as `dev`, with its schemas generated (ninja postroom_proto_sources)
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: tools/check_alone.sh BUILD_DIR}")
rooms=(base proto mail partitions config storage access secrets channels actors api app bench)
flags="-std=c++20 -fsyntax-only -Wall -Wextra -Wshadow -Wconversion -Werror -Wno-missing-field-initializers
  -DCAF_ENABLE_TYPE_ID_CHECKS -DPOSTROOM_SOURCE_DIR=\"\" -DPOSTROOM_BINARY_DIR=\"\" $(pkg-config --cflags-only-other cpp-httplib) -I. -isystem $build/gen
  $(pkg-config --cflags-only-I gmime-3.0 | sed 's/-I/-isystem /g')"
export flags build

header() {
  # shellcheck disable=SC2086
  printf '#include "%s"\n' "$1" | ${CXX:-g++} $flags -x c++ - || { echo "$1 does not compile alone" >&2; exit 1; }
}
# Runs a line of the build's own commands, but for what it would write.
source_of() {
  (cd "$build" && eval "${1/ -o * -c / -fsyntax-only }") || { echo "a source does not compile alone: ${1##* }" >&2; exit 1; }
}
export -f header source_of

mapfile -t headers < <(find "${rooms[@]}" tests -name '*.hpp' | sort)
mapfile -t unguarded < <(grep -L '^#pragma once' "${headers[@]}")
[ ${#unguarded[@]} -eq 0 ] || { printf '%s lacks #pragma once\n' "${unguarded[@]}" >&2; exit 1; }

# Tests are left to the build, which takes several at once: half of all sources, and nobody builds on them.
mapfile -t commands < <(sed -n 's/^ *"command": "\(.*\)",$/\1/p' "$build/compile_commands.json" | sed 's/\\"/"/g; s/\\\\/\\/g' |
  grep -E " -c $PWD/($(IFS='|'; echo "${rooms[*]}"))/")
[ ${#commands[@]} -gt 0 ] || { echo "$build is not configured" >&2; exit 1; }
printf '%s\0' "${commands[@]}" | xargs -0 -P "$(nproc)" -I{} bash -c 'source_of "$1"' _ {} || exit 1

# The header that a source includes first has been proven by it.
mapfile -t told < <(printf '%s\n' "${commands[@]##* }" | xargs -d '\n' grep -shm1 '^ *#' | sed -n 's/^#include "\(.*\.hpp\)"$/\1/p' | sort -u)
comm -23 <(printf '%s\n' "${headers[@]}" | sort) <(printf '%s\n' "${told[@]}" | sort) |
  xargs -P "$(nproc)" -I{} bash -c 'header {}' || exit 1
echo "${#commands[@]} sources and ${#headers[@]} headers compile alone"
