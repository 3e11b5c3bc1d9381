#!/usr/bin/env bash
# Fuzzes one target: tools/fuzz.sh PACKAGE TARGET TIME [CORPUS]. What it finds is written to the
# package's testdata/fuzz, and the output says how to run that again.
#
# Now and then Go's fuzzer reports the end of its own time, "context deadline exceeded", as a
# failure of the target. It has found nothing then, and is run once more.
set -uo pipefail
package=$1 target=$2 time=$3 corpus=${4:-}

fuzz() {
	out=$(go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 100x -parallel 1 "$package" \
		${corpus:+-args -test.fuzzcachedir="$corpus/$target"} 2>&1)
}

echo "fuzzing $target of $package for $time"
fuzz && { tail -n 1 <<<"$out"; exit; }
if grep -qE '^ +context deadline exceeded$' <<<"$out" && ! grep -q 'Failing input' <<<"$out"; then
	echo "fuzzing $target of $package again: its time ended in the midst of an input"
	fuzz && { tail -n 1 <<<"$out"; exit; }
fi
echo "$out"
exit 255 # xargs stops
