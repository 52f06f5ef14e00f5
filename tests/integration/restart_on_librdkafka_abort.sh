#!/usr/bin/env bash
# Runs a test program; once more if librdkafka 2.0.2 stopped it by an assertion of its own about
# assignments (seen now and then when brokers crash). A service is restarted then by its supervisor.
# Any other failure is a failure, and so is this one three times in a row.
set -uo pipefail

attempts=3
output="$(mktemp)"
trap 'rm -f "$output"' EXIT
for ((attempt = 1; attempt <= attempts; attempt++)); do
  "$@" 2>&1 | tee "$output"
  status=${PIPESTATUS[0]}
  if [ "$status" -ne 134 ] || ! grep -q 'rdkafka_assignment.c:.*Assertion' "$output"; then
    exit "$status"
  fi
  echo "librdkafka stopped the process (attempt $attempt of $attempts)"
done
exit "$status"
