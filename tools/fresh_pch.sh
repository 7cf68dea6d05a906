#!/bin/sh
# Runs a compiler command (COMPILER_CACHE COMPILER ... -o FILE ...) without the precompiled header that FILE still is:
# a cache would preprocess the new header by the old one, find nothing changed, and give the old one back.
previous=
for word in "$@"; do
  [ "$previous" = -o ] && rm -f "$word"
  previous=$word
done
exec "$@"
