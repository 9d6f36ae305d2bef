#!/usr/bin/env bash
# The suite in random order, ten times or TURNS, with warnings as errors, beside two busy processes.
# Usage: tests/under_load.sh [TURNS [PYTEST ARGUMENTS…]]; PYTHON names another Python than that of .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
turns=${1:-10}
busy=()
trap 'kill "${busy[@]}"' EXIT
for _ in 1 2; do
    while :; do :; done &
    busy+=($!)
done
for seed in $(seq "$turns"); do
    echo "seed $seed"
    "${PYTHON:-.venv/bin/python}" -m pytest --random-order --random-order-seed="$seed" -W error "${@:2}"
done
