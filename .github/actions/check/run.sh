#!/usr/bin/env bash
# Runs `ltd-index check` with the inputs of the action, which come as variables. Ends as the check does: 3 when it is worse.
set -uo pipefail
[ -n "${DATABASE_URL:-}" ] || unset DATABASE_URL
arguments=("$INPUT_INDEX" "$INPUT_GOLDEN" --allow "$INPUT_ALLOW" --json)
[ -z "${INPUT_BASELINE:-}" ] || arguments+=(--baseline "$INPUT_BASELINE")
ltd-index check "${arguments[@]}" >"$INPUT_SUMMARY"
code=$?
[ "$code" -eq 3 ] && is_worse=true || is_worse=false
echo "is-worse=$is_worse" >>"$GITHUB_OUTPUT"
exit "$code"
