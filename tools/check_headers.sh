#!/usr/bin/env bash
# Compiles every header of ours alone: each must include what it uses.
# usage: tools/check_headers.sh BUILD_DIR   (configured, schemas generated: ninja postroom_proto)
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/check_headers.sh BUILD_DIR}
flags="-std=c++20 -fsyntax-only -Wall -Wextra -Wshadow -Wconversion -Werror -Wno-missing-field-initializers
  -DCAF_ENABLE_TYPE_ID_CHECKS -DPOSTROOM_SOURCE_DIR=\"\" -DPOSTROOM_BINARY_DIR=\"\" $(pkg-config --cflags-only-other cpp-httplib) -I. -isystem $build/gen
  $(pkg-config --cflags-only-I gmime-3.0 | sed 's/-I/-isystem /g')"

export flags

compile() {
  # Twice, so that a header without its guard is found as well.
  # shellcheck disable=SC2086
  printf '#include "%s"\n#include "%s"\n' "$1" "$1" | ${CXX:-g++} $flags -x c++ - || { echo "$1 does not compile alone" >&2; exit 1; }
}
export -f compile

mapfile -t headers < <(find base proto mail partitions config storage access secrets channels actors api app tests bench -name '*.hpp' | sort)
printf '%s\n' "${headers[@]}" | xargs -P "$(nproc)" -I{} bash -c 'compile {}' || exit 1
echo "headers: ${#headers[@]} compile alone"
