# shellcheck shell=bash
#
# frame.sh - what the tests of the tools have in common (sourced)
#
# A test file is tests/tools/NAME.t, an executable bash script:
#
#	. "$(dirname "$0")/frame.sh"
#	frame_start "$@"
#	expect 2 "a port is wanted" "$build/ring-load" 127.0.0.1
#	...
#	frame_done
#
# Processes started with launch are gone and $tmp is removed when it ends,
# however it ends.
set -u
ulimit -c 0

passed=0 failed=0 skipped=0
declare -A launched=()

# Sets build (where things were built), src (the sources), tmp.
frame_start() {
	src=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
	build=$src
	while [ $# -gt 0 ]; do
		case $1 in
		--build) build=${2:?--build wants a directory}; shift 2 ;;
		*) echo "$0: unknown argument: $1" >&2; exit 2 ;;
		esac
	done
	build=$(cd "$build" && pwd) || exit 2
	tmp=$(mktemp -d) || exit 2
	trap frame_end EXIT
	trap 'exit 130' INT TERM HUP
}

frame_end() {
	local pid

	for pid in "${!launched[@]}"; do
		kill -9 "$pid"
		wait "$pid"
	done 2>/dev/null
	rm -rf "$tmp"
}

# launch COMMAND...: in the background, output in $tmp/launched.out and .err;
# sets pid.
launch() {
	: >"$tmp/launched.out" >"$tmp/launched.err"
	"$@" >"$tmp/launched.out" 2>"$tmp/launched.err" </dev/null &
	pid=$!
	launched[$pid]=1
}

# halt PID: end what launch started.
halt() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	unset "launched[$1]"
}

# ok NAME, no NAME WHY: one test's result.
ok() {
	echo "ok   $1"
	passed=$((passed + 1))
}

no() {
	echo "FAIL $1: $2"
	failed=$((failed + 1))
}

# skip NAME WHY: what this machine can't show.
skip() {
	echo "skip $1: $2"
	skipped=$((skipped + 1))
}

# check NAME COMMAND...: the command must succeed.
check() {
	local name=$1

	shift
	if "$@" >"$tmp/check" 2>&1 </dev/null; then
		ok "$name"
	else
		no "$name" "status $? of: $*"
		tail -n 20 "$tmp/check" | sed 's/^/     /'
	fi
}

# expect STATUS PATTERN COMMAND...: its exit status and, in what it says on
# either stream (in $tmp/said), an extended regular expression.
expect() {
	local want=$1 pattern=$2 rc

	shift 2
	timeout -k 5 60 "$@" >"$tmp/said" 2>&1 </dev/null
	rc=$?
	if [ "$rc" != "$want" ]; then
		no "$(basename "$1") ${*:2}" "status $rc, not $want"
	elif ! grep -Eq -- "$pattern" "$tmp/said"; then
		no "$(basename "$1") ${*:2}" "does not say: $pattern"
	else
		ok "$(basename "$1") ${*:2}"
		return
	fi
	tail -n 20 "$tmp/said" | sed 's/^/     /'
}

# The closing line and the end.
frame_done() {
	local line="$passed passed, $failed failed"

	[ "$skipped" -eq 0 ] || line+=", $skipped skipped"
	echo "$line"
	[ "$failed" -eq 0 ]
	exit
}
