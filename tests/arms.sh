# shellcheck shell=bash
#
# arms.sh - what programs/check and real/check have in common (sourced)
#
# A test is one piece of work done by a plain program on one shim arm: under
# the library with RING_SHIM_ENGINE=epoll or =uring. The same work is first
# done natively, and where that fails the test has failed on every arm, for
# then it says nothing about the shim.
#
# The caller's part: arms_options "$@" and arms_start; for each of ${arms[@]},
# start servers with launch and end them with halt; tell each result to
# verdict; leave by arms_done. All processes started with launch are gone and
# $tmp is removed when the script ends, however it ends.
set -u
ulimit -c 0
PATH=$PATH:/usr/sbin:/sbin

arms=(native)		# those to run, native first
missing_arms=0		# those that this machine or this build does not have
passed=0 failed=0
tmp=			# a directory of our own
declare -A launched=()	# pids of what runs
declare -A broken=()	# names whose native run has failed

# Debian's own, whatever else the PATH may have: others can be slow wrappers.
python=/usr/bin/python3
[ -x $python ] || python=python3

arms_usage() {
	echo "usage: $0 [--build DIR] [--shim PATH] [NAME]..." >&2
	exit 2
}

# Sets build, shim and names.
arms_options() {
	build=$(cd "$(dirname "$0")/../.." && pwd)
	shim='' names=()
	while [ $# -gt 0 ]; do
		case $1 in
		--build | --shim)
			[ $# -ge 2 ] || arms_usage
			printf -v "${1#--}" %s "$2"
			shift
			;;
		-*) arms_usage ;;
		*) names+=("$1") ;;
		esac
		shift
	done
	build=$(cd "$build" && pwd) || exit 2
	shim=${shim:-$build/.libs/libring-shim.so}
}

# arms_wanted NAME: was it asked for on the command line, or nothing was?
arms_wanted() {
	local name

	[ ${#names[@]} -gt 0 ] || return 0
	for name in "${names[@]}"; do
		[ "$name" != "$1" ] || return 0
	done
	return 1
}

# Does this kernel grant an io_uring, and does the library know what to do
# with it?
have_uring() {
	grep -aq io_uring_queue_mmap "$shim" || return 1
	if [ -x "$build/tests/preload/uring_probe" ]; then
		"$build/tests/preload/uring_probe"
	else
		"$python" - <<-'END'
		import ctypes, sys
		params = ctypes.create_string_buffer(120)
		sys.exit(ctypes.CDLL(None).syscall(425, 4, params) < 0)
		END
	fi
}

arms_start() {
	if [ ! -r "$shim" ]; then
		echo "$0: $shim: no such library" >&2
		exit 2
	fi
	shim=$(cd "$(dirname "$shim")" && pwd)/$(basename "$shim")
	tmp=$(mktemp -d) || exit 2
	trap arms_end EXIT
	trap 'exit 130' INT TERM HUP
	arms+=(epoll)
	if have_uring; then
		arms+=(uring)
	else
		missing_arms=1
	fi
}

arms_end() {
	local pid

	for pid in "${!launched[@]}"; do
		kill -9 "$pid"
		wait "$pid"
	done 2>/dev/null
	rm -rf "$tmp"
}

# on_arm ARM: sets the array env to what comes before a command.
on_arm() {
	env=(env -u LD_PRELOAD -u RING_SHIM_ENGINE -u RING_SHIM_VERBOSE)
	[ "$1" = native ] ||
		env=(env LD_PRELOAD="$shim" RING_SHIM_ENGINE="$1"
			RING_SHIM_VERBOSE=1 RING_SHIM_MIN_THREADS=0)
}

# launch ARM TAG COMMAND...: in the background, its output in $tmp/TAG.out
# and .err; sets pid.
launch() {
	local tag=$2 env

	on_arm "$1"
	shift 2
	# emptied here: the child may do so only after its output is looked at,
	# and an earlier server's is there
	: >"$tmp/$tag.out" >"$tmp/$tag.err"
	"${env[@]}" "$@" >>"$tmp/$tag.out" 2>>"$tmp/$tag.err" </dev/null &
	pid=$!
	launched[$pid]=$tag
}

# halt PID: SIGTERM; sets status to how it ended, "late" if not within 5 s.
halt() {
	local i

	status=late
	kill "$1" 2>/dev/null
	for ((i = 0; i < 200; i++)); do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.025
	done
	if [ $i -lt 200 ]; then
		wait "$1" 2>/dev/null
		status=$?
	else
		where_it_is "$1" >>"$tmp/why"
		kill -9 "$1" 2>/dev/null
		wait "$1" 2>/dev/null
	fi
	unset "launched[$1]"
}

# What the kernel threads of a process that hangs are waiting in.
where_it_is() {
	local task

	echo "pid $1 goes on: kernel threads, waiting in, system call"
	for task in "/proc/$1/task"/*; do
		echo "$(cat "$task/wchan") $(cut -d' ' -f1 "$task/syscall")"
	done 2>/dev/null | sort | uniq -c | sort -rn | head -n 8
}

# said ARM FILE: is FILE, the standard error of a program with threads, what
# the shim says on ARM? It names its engine when the first thread is made, and
# tells at a regular exit how many there were. Anything else it has to say is
# that something went wrong.
said() {
	local engine=$1

	if [ "$1" = native ]; then
		! grep -q '^ring-shim:' "$2"
		return
	fi
	[ "$1" != uring ] || engine=io_uring
	grep -qx "ring-shim: engine $engine" "$2" &&
		! grep '^ring-shim:' "$2" | grep -Eqv \
		"^ring-shim: engine $engine(, carriers [1-9][0-9]*, threads [1-9][0-9]*, .*)?\$"
}

# free_port [udp]: one that nobody has.
free_port() {
	"$python" - "$@" <<-'END'
	import socket, sys
	kind = socket.SOCK_DGRAM if sys.argv[1:] else socket.SOCK_STREAM
	s = socket.socket(socket.AF_INET, kind)
	s.bind(("127.0.0.1", 0))
	print(s.getsockname()[1])
	END
}

# verdict NAME ARM [WHY]: one test's result; WHY if it failed, and then what is
# in $tmp/why is shown, too.
verdict() {
	local name=$1 on=$2 why=${3-}

	[ "$on" = native ] || [ -n "$why" ] || [ -z "${broken[$name]-}" ] ||
		why="the native run failed, so this one tells nothing"
	if [ -n "$why" ]; then
		echo "FAIL $name on $on: $why"
		[ ! -s "$tmp/why" ] || tail -n 25 "$tmp/why" | sed 's/^/     /'
	fi
	rm -f "$tmp/why"
	if [ "$on" = native ]; then
		[ -z "$why" ] || broken[$name]=yes
	elif [ -n "$why" ]; then
		failed=$((failed + 1))
	else
		echo "ok   $name on $on"
		passed=$((passed + 1))
	fi
}

# arms_done [SKIPPED]: the closing line and the end. Every test that there is
# has run on epoll, so as many are missing on each arm that is not there.
arms_done() {
	local skipped=${1:-$((missing_arms * (passed + failed)))}
	local line="$passed passed, $failed failed"

	[ "$skipped" -eq 0 ] || line+=", $skipped skipped"
	echo "$line"
	[ "$failed" -eq 0 ]
	exit
}
