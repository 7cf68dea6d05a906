#!/usr/bin/env bash
# Every header of ours compiles alone: each must include what it uses, and may be included twice.
# usage: tools/check_headers.sh BUILD_DIR [--all]
#   BUILD_DIR: built, at least its schemas (ninja postroom_proto).
#   --all: also the headers that some source includes before anything else; of them the build itself has told.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/check_headers.sh BUILD_DIR [--all]}
rooms=(base proto mail partitions config storage access secrets channels actors api app tests bench)
flags="-std=c++20 -fsyntax-only -Wall -Wextra -Wshadow -Wconversion -Werror -Wno-missing-field-initializers
  -DCAF_ENABLE_TYPE_ID_CHECKS -DPOSTROOM_SOURCE_DIR=\"\" -DPOSTROOM_BINARY_DIR=\"\" $(pkg-config --cflags-only-other cpp-httplib) -I. -isystem $build/gen
  $(pkg-config --cflags-only-I gmime-3.0 | sed 's/-I/-isystem /g')"

export flags

compile() {
  # shellcheck disable=SC2086
  printf '#include "%s"\n' "$1" | ${CXX:-g++} $flags -x c++ - || { echo "$1 does not compile alone" >&2; exit 1; }
}
export -f compile

mapfile -t headers < <(find "${rooms[@]}" -name '*.hpp' | sort)
mapfile -t unguarded < <(grep -L '^#pragma once' "${headers[@]}")
[ ${#unguarded[@]} -eq 0 ] || { printf '%s lacks #pragma once\n' "${unguarded[@]}" >&2; exit 1; }

# With precompiled headers the first include of a source is not the first that the compiler sees.
told=()
if [ "${2:-}" != --all ] && ! grep -q '^POSTROOM_PCH:BOOL=ON' "$build/CMakeCache.txt"; then
  sources=$(sed -n 's/^ *"file": "\(.*\.cpp\)",\{0,1\}$/\1/p' "$build/compile_commands.json")
  mapfile -t told < <(xargs -d '\n' grep -shm1 '^ *#' <<< "$sources" | sed -n 's/^#include "\(.*\.hpp\)"$/\1/p' | sort -u)
fi
comm -23 <(printf '%s\n' "${headers[@]}" | sort) <(printf '%s\n' "${told[@]}" | sort) |
  xargs -P "$(nproc)" -I{} bash -c 'compile {}' || exit 1
echo "headers: ${#headers[@]} compile alone"
