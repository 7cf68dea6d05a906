#!/usr/bin/env bash
# clang-tidy with the checks in .clang-tidy over the rooms' sources.
# usage: tools/tidy.sh BUILD_DIR [--changed | FILE ...]
#   --changed: only what differs from main's upstream or is not committed; without files all sources.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/tidy.sh BUILD_DIR [--changed | FILE ...]}
shift
if [ "${1:-}" = --changed ]; then
  base=$(git merge-base HEAD '@{upstream}' 2>/dev/null || git rev-parse HEAD)
  mapfile -t files < <({ git diff --name-only --diff-filter=d "$base"; git ls-files -o --exclude-standard; } |
    grep -E '^(base|mail|partitions|config|storage|access|secrets|channels|actors|api|app)/.*\.cpp$' | sort -u)
elif [ $# -gt 0 ]; then
  files=("$@")
else
  mapfile -t files < <(find base mail partitions config storage access secrets channels actors api app -name '*.cpp' | sort)
fi
[ ${#files[@]} -gt 0 ] || exit 0
tools/tidy_batches.py "$build" "${files[@]}"
echo "clang-tidy: ${#files[@]} files in order"
