#!/usr/bin/env bash
# What the action runs, from its inputs as variables. Leaves everything in .bench-harness.
set -uf  # words are split at spaces and globs are left to bench-harness

folder=.bench-harness
mkdir -p "$folder"
outputs=${GITHUB_OUTPUT:-/dev/null}
show=(--github --junit "$folder/junit.xml" --comment "$folder/comment.md")

finish() {
  echo "exit-code=$1" >>"$outputs"
  echo "folder=$folder" >>"$outputs"
  exit "$1"
}

case $MODE in
gate)
  bench-harness gate $SELECTORS --base "$BASE" --max-slowdown "$MAX_SLOWDOWN" \
    --output "$folder/gate" "${show[@]}" $OPTIONS
  finish $?
  ;;
run)
  bench-harness run $SELECTORS --processes "$PROCESSES" \
    --output "$folder/head.json" --overwrite "${show[@]}" $OPTIONS
  finish $?
  ;;
baseline) ;;
*)
  echo "::error title=bench-harness::mode is gate, baseline or run, and not '$MODE'"
  finish 2
  ;;
esac

bench-harness run $SELECTORS --processes "$PROCESSES" \
  --output "$folder/head.json" --overwrite "${show[@]}" $OPTIONS
code=$?
[ "$code" = 0 ] || finish "$code"

if known=$(bench-harness baseline --results "$folder" --name "$BASELINE_NAME"); then
  bench-harness compare "$known" "$folder/head.json" --max-slowdown "$MAX_SLOWDOWN" "${show[@]}"
  code=$?
else
  echo "::notice title=bench-harness::no baseline of such a machine yet: nothing was compared"
fi

# The default branch moves the baseline, also where it got slower: the next change is judged by
# what is there, and this one has gone red.
if [ "$KEEP" = true ]; then
  bench-harness baseline "$folder/head.json" --results "$folder" --name "$BASELINE_NAME" \
    --overwrite && echo "kept=true" >>"$outputs"
fi
finish "$code"
