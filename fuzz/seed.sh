#!/usr/bin/env bash
# Puts the queries of the test suite and of queries/ into a corpus folder, a query a file: `fuzz/seed.sh FOLDER`.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/.."
find tests/suite -name '*.kql' | sort | while read -r suite; do
    # A case begins with `// --- its name`; its answer stands in the comments behind the query.
    awk -v to="$folder/$(basename "$suite" .kql)" '
        /^\/\/ ---/ { number++; next }
        /^\/\/ (=>|->|!)/ { next }
        number { print > (to "-" number ".kql") }' "$suite"
done
cp queries/*.yaml "$folder"
