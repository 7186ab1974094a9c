# shellcheck shell=bash
#
# common.sh - what the runners of other projects' test suites share (sourced)
#
# A suite's tests are run natively and on the arms; a test that passes natively
# and not on an arm is lost, one that passes only there is gained.  A test that
# seems lost is run twice more, natively and on the arm, since not all tests of
# others are steady: it is lost if it never passes on the arm again while it
# does natively, and else called unsteady.
#
# The caller's part: suite_options "$@"; for each test, natively and on the
# arms, outcome NAME ARM pass|fail|skip; leave by suite_done.
set -u
ulimit -c 0

# Sets build, shim, work, jobs, limit, arms, names.
suite_options() {
	build=$(cd "$(dirname "$0")/../.." && pwd)
	shim='' work='' jobs=2 limit=60 arms=epoll,uring names=()
	while [ $# -gt 0 ]; do
		case $1 in
		--build | --shim | --work | --jobs | --limit | --arms)
			[ $# -ge 2 ] || suite_bad "$1 wants a value"
			printf -v "${1#--}" %s "$2"
			shift
			;;
		--help) suite_usage; exit 0 ;;
		-*) suite_bad "unknown option $1" ;;
		*) names+=("$1") ;;
		esac
		shift
	done
	[[ $jobs =~ ^[1-9][0-9]*$ ]] || suite_bad "--jobs $jobs: not a number"
	[[ $limit =~ ^[1-9][0-9]*$ ]] || suite_bad "--limit $limit: not a number"
	build=$(cd "$build" && pwd) || exit 2
	shim=${shim:-$build/.libs/libring-shim.so}
	[ -r "$shim" ] || suite_bad "$shim: no such library; build it first"
	shim=$(cd "$(dirname "$shim")" && pwd)/$(basename "$shim")
	suite_arms
	if [ -n "$work" ]; then
		mkdir -p "$work" && work=$(cd "$work" && pwd) || exit 2
	else
		work=$(mktemp -d) || exit 2
		trap 'rm -rf "$work"' EXIT
	fi
}

suite_bad() {
	echo "$(basename "$0"): $*; try: $0 --help" >&2
	exit 2
}

# Splits arms, and leaves out what this kernel does not grant.
suite_arms() {
	local arm given=$arms

	arms=()
	for arm in ${given//,/ }; do
		case $arm in
		epoll) ;;
		uring)
			/usr/bin/python3 - <<-'END' || continue
			import ctypes, sys
			params = ctypes.create_string_buffer(120)
			sys.exit(ctypes.CDLL(None).syscall(425, 4, params) < 0)
			END
			;;
		*) suite_bad "--arms: $arm is not one" ;;
		esac
		arms+=("$arm")
	done
}

# wanted NAME: does it match a pattern of the command line, or were there none?
wanted() {
	local pattern

	[ ${#names[@]} -gt 0 ] || return 0
	for pattern in "${names[@]}"; do
		# shellcheck disable=SC2053 # patterns are meant
		[[ $1 != $pattern ]] || return 0
	done
	return 1
}

# Sets the array env to what comes before a command on an arm.
on_arm() {
	env=(env -u LD_PRELOAD -u RING_SHIM_VERBOSE)
	[ "$1" = native ] || env=(env LD_PRELOAD="$shim" RING_SHIM_ENGINE="$1"
		RING_SHIM_MIN_THREADS=0)
}

running=0

# at_most_jobs: waits until another may be started, which is counted.
at_most_jobs() {
	if [ "$running" -ge "$jobs" ]; then
		wait -n
		running=$((running - 1))
	fi
	running=$((running + 1))
}

# in_session COMMAND...: its exit status; whatever it has left running, as a
# test that is ended for its time may, is ended with it.
in_session() {
	local rc

	setsid "$@" &
	wait $!
	rc=$?
	pkill -KILL -s $!
	return $rc
}

# suite_done: from $work/results, lines "NAME ARM OUTCOME" with the outcomes
# pass, fail, skip and (arms alone) unsteady.
suite_done() {
	sort "$work/results" | awk -v arms="${arms[*]}" '
	$2 == "native" { native[$1] = $3 }
	$2 != "native" { got[$1, $2] = $3 }
	END {
		n = split(arms, arm, " ")
		for (t in native)
			count[native[t]]++
		printf "natively: %d passed, %d failed, %d cannot be run here\n",
			count["pass"], count["fail"], count["skip"]
		for (i = 1; i <= n; i++) {
			a = arm[i]
			for (t in native) {
				o = got[t, a]
				if (native[t] == "pass" && o == "pass")
					passed++
				else if (native[t] == "pass" && o == "unsteady") {
					passed++
					print "unsteady on " a ": " t | "sort"
				} else if (native[t] == "pass") {
					failed++
					print "lost on " a ": " t | "sort"
				} else if (native[t] == "fail" && o == "pass")
					print "gained on " a ": " t | "sort"
			}
		}
		close("sort")
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0 || passed == 0
	}'
}
