#!/usr/bin/env bash
# Formatting as .clang-format says, and no file of ours longer than it may be. --fix formats in place.
set -euo pipefail
cd "$(dirname "$0")/.."
longest=400
failed=0
mapfile -t files < <(find base proto mail partitions config storage access secrets channels actors api app tests bench \
  -name '*.hpp' -o -name '*.cpp' | sort)
if [ "${1:-}" = --fix ]; then
  clang-format -i "${files[@]}"
else
  printf '%s\0' "${files[@]}" | xargs -0 -n 20 -P "$(nproc)" clang-format --dry-run --Werror || failed=1
fi
for file in "${files[@]}" deploy/maillab/* tools/*; do
  [ -f "$file" ] || continue
  lines=$(wc -l < "$file")
  if [ "$lines" -gt "$longest" ]; then
    echo "$file: $lines lines; one job per file, at most $longest" >&2
    failed=1
  fi
done
exit $failed
