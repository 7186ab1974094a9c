#!/bin/bash
# ring-count: its options, its numbers against wait4()'s, and the shim's.
. "$(dirname "$0")/frame.sh"
frame_start "$@"

count=$build/ring-count
shim=$build/.libs/libring-shim.so

# get FILE EXPRESSION: of a JSON document d, with t its total.
get() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
t = d["total"]
print(eval(sys.argv[2]))' "$1" "$2"
}

# holds NAME FILE EXPRESSION
holds() {
	local said

	said=$(get "$2" "$3" 2>&1)
	if [ "$said" = True ]; then
		ok "$1"
	else
		no "$1" "not so: $3: $(tail -n 1 <<<"$said")"
		head -c 1500 "$2" | sed 's/^/     /'
	fi
}

# Threads that hand work to each other, and children: 400 waits at least.
cat >"$tmp/work.py" <<'EOF'
import os, signal, sys, threading
a, b = threading.Semaphore(0), threading.Semaphore(0)
def serve():
    for _ in range(200):
        a.acquire()
        b.release()
t = threading.Thread(target=serve)
t.start()
for _ in range(200):
    a.release()
    b.acquire()
t.join()
for _ in range(3):
    if os.fork() == 0:
        os.execvp("true", ["true"])
    os.wait()
if len(sys.argv) > 1:
    open(sys.argv[1], "w").close()
    signal.pause()
EOF

# ---- options ----

expect 0 '^usage: ring-count' "$count" --help
expect 0 '^ring-count [0-9]' "$count" --version
expect 0 '^usage: ring-count' "$count" -h
expect 125 'cannot write' sh -c '"$1" --help >/dev/full' - "$count"
expect 2 'nothing to count' "$count"
expect 2 'one thing at a time' "$count" -p 1 true
expect 2 'abc: not a process id' "$count" -p abc
expect 2 '0: not an interval' "$count" -i 0 true
expect 2 'x: not a duration' "$count" -d x true
expect 2 'not a number of rows' "$count" -T -1 true
expect 2 'one of --json, --csv' "$count" --json --csv true
expect 2 'does not go with -i' "$count" --openmetrics -i 1 true
expect 2 'auto, bpf, bpf-raw or proc' "$count" --backend=none true
expect 2 'try: ring-count --help' "$count" --no-such-option
expect 125 'no process 2147483646' "$count" -p 2147483646
expect 125 'is no cgroup' "$count" --backend=proc -c "$tmp"
expect 125 'No such file' "$count" -o "$tmp/no/where" true

# ---- the command's fate passes through ----

expect 127 'No such file' "$count" --backend=proc "$tmp/nothing"
expect 126 'denied' "$count" --backend=proc "$tmp"
expect 7 'ring-count: sh' "$count" --backend=proc sh -c 'exit 7'
expect 143 'ring-count: sh' "$count" --backend=proc sh -c 'kill $$'

# ---- every backend that there is ----

backends=(proc)
for b in bpf bpf-raw; do
	if "$count" --backend=$b true 2>"$tmp/why"; then
		backends+=($b)
	else
		skip "everything on $b" "$(head -n 1 "$tmp/why")"
	fi
done

for b in "${backends[@]}"; do
	f=$tmp/$b.json
	if "$count" --backend=$b --json -o "$f" -- \
		python3 "$tmp/work.py" </dev/null; then
		ok "$b: a command's status"
	else
		no "$b: a command's status" "not 0"
	fi
	holds "$b: names itself" "$f" \
		"d['schema'] == 'ring-count/1' and d['backend'] == '$b'"
	holds "$b: as many switches as wait4 counts, within 1 %" "$f" \
		"all(abs(t[k] - v) <= 4 + v / 100 for k, v in d['wait4'].items())"
	holds "$b: the waits are there" "$f" "t['voluntary_switches'] >= 200"
	holds "$b: no shim, no numbers of its" "$f" "t['shim_parks'] is None"
	if [ $b = proc ]; then
		holds "$b: does not pretend" "$f" \
			"t['syscalls'] is None and d['sources']['voluntary_switches'] == 'proc'"
		continue
	fi
	holds "$b: nothing is dropped" "$f" "d['drops'] == 0"
	holds "$b: forks and execs are followed" "$f" \
		"sorted(p['command'] for p in d['processes'])[-3:] == ['true'] * 3"
	holds "$b: all have ended" "$f" "all(p['exited'] for p in d['processes'])"
	holds "$b: switches are charged to calls" "$f" \
		"sum(c['voluntary_switches'] for c in t['calls'].values()) == t['voluntary_switches'] and t['calls']['futex']['voluntary_switches'] >= 200"
	holds "$b: calls add up" "$f" \
		"sum(c['calls'] for c in t['calls'].values()) == t['syscalls'] and t['calls']['execve']['calls'] >= 4"
	holds "$b: processes add up" "$f" \
		"all(sum(p[k] for p in d['processes']) == t[k] for k in ('voluntary_switches', 'syscalls', 'wakeups'))"
	holds "$b: the histogram adds up" "$f" \
		"sum(t['runqueue_wait_us_log2']) == t['runqueue_waits'] > 0"
done

# ---- a process that runs, natively and under the shim ----

# serve [VARIABLE=VALUE]...: sets pid and port.
serve() {
	launch env "$@" "$build/tests/programs/http_threads" -p 0
	for _ in {1..400}; do
		port=$(grep -Eo '[0-9]+' "$tmp/launched.out" | tail -n 1)
		[ -z "$port" ] || return 0
		sleep 0.05
	done
	return 1
}

# start_counting BACKEND FILE OPTION...: sets counter.
start_counting() {
	local backend=$1 file=$2

	shift 2
	"$count" --backend="$backend" --json -i 0.1 -o "$file" "$@" &
	counter=$!
	launched[$counter]=1
	# a first sample is the sign that it counts
	for _ in {1..600}; do
		grep -qs '"seconds"' "$file" && break
		sleep 0.05
	done
}

stop_counting() {
	kill -INT "$counter"
	wait "$counter"
	unset "launched[$counter]"
}

# counted BACKEND FILE: attach to $pid, make requests, interrupt.
counted() {
	start_counting "$1" "$2" -p "$pid"
	"$build/ring-load" -c 8 -n 2000 --json "127.0.0.1:$port" >"$tmp/go" 2>&1
	stop_counting
}

for b in "${backends[@]:0:2}"; do
	for engine in native epoll uring; do
		f=$tmp/$b-$engine.json
		env=(A=b)
		[ $engine = native ] || env=(LD_PRELOAD="$shim"
			RING_SHIM_ENGINE=$engine RING_SHIM_MIN_THREADS=0)
		if ! serve "${env[@]}"; then
			no "$b: $engine: a server" "it did not start"
			continue
		fi
		counted $b "$f"
		halt "$pid"
		holds "$b: $engine: samples" "$f" "len(d['samples']) > 0"
		if [ $engine = native ]; then
			holds "$b: native: no shim is seen" "$f" \
				"t['saved_switches'] is None"
			[ $b = proc ] || holds "$b: native: requests are read" "$f" \
				"t['syscalls'] >= 4000"
			continue
		fi
		holds "$b: $engine: a park a request" "$f" \
			"t['shim_parks'] - t['shim_parked_sends'] >= 1800"
		holds "$b: $engine: saved is what it is said to be" "$f" \
			"t['saved_switches'] == t['shim_parks'] - t['shim_parked_sends'] - t['shim_carrier_waits'] - t['shim_went_home']"
	done
done

# ---- what the shim counted last, of processes that are over ----

client=$build/tests/programs/client_threads
under=(env LD_PRELOAD="$shim" RING_SHIM_MIN_THREADS=0)
serve
server=$pid

# said WHAT: the sum of what the library's lines in $tmp/said tell of it.
said() {
	grep -Eo "$1 [0-9]+" "$tmp/said" | awk '{ n += $NF } END { print n + 0 }'
}

for b in "${backends[@]:0:2}"; do
	f=$tmp/$b-short.json
	# sh is a process under the shim, then another program in the same.
	expect 0 'parks' "$count" --backend=$b --json -o "$f" -- \
		"${under[@]}" RING_SHIM_VERBOSE=1 sh -c '"$@"; exec "$@"' - \
		"$client" -c 4 -n 5 127.0.0.1 "$port"
	[ $b = proc ] || holds "$b: short programs' parks are all there" "$f" \
		"t['shim_parks'] + t['shim_home_parks'] == $(said parks) and t['shim_switches'] == $(said switches) > 0 and t['shim_threads'] == 8"
	launch "$count" --backend=$b --json -o "$f" -- "${under[@]}" \
		sh -c 'echo $$ >"$1" && exec "$2" -p 0' - "$tmp/served" \
		"$build/tests/programs/http_threads"
	for _ in {1..400}; do
		at=$(grep -Eo '[0-9]+' "$tmp/launched.out" | tail -n 1)
		[ -z "$at" ] || break
		sleep 0.05
	done
	"$build/ring-load" -c 8 -n 2000 "127.0.0.1:$at" >"$tmp/said" 2>&1
	kill -9 "$(cat "$tmp/served")"
	wait "$pid"
	unset "launched[$pid]"
	holds "$b: a server that was killed has left its parks" "$f" \
		"t['shim_parks'] - t['shim_parked_sends'] >= 1800"
done
halt "$server"
# shellcheck disable=SC2016 # the command's variable
dir=$("$count" --backend=proc -- sh -c 'ls -d "$RING_SHIM_STATS"' 2>"$tmp/said")
check "they are in /dev/shm" test -n "$dir"
check "and nothing of them is left" test ! -e "$dir"

# ---- a cgroup ----

# Its members before and after the counting begins, in it and below it.
in_cgroup() {
	local group=$1 b=$2 f=$tmp/$2-cgroup.json worker

	mkfifo "$tmp/go-$b"
	launch bash -c 'echo $$ >"$1/below/cgroup.procs" && read -r <"$2" &&
		exec python3 "$3" "$4"' - "$group" "$tmp/go-$b" "$tmp/work.py" \
		"$tmp/worked-$b"
	worker=$pid
	for _ in {1..400}; do
		grep -qx "$worker" "$group/below/cgroup.procs" && break
		sleep 0.05
	done
	start_counting "$b" "$f" -c "$group"
	bash -c 'echo $$ >"$1/cgroup.procs" && exec cp /dev/null "$2"' - \
		"$group" "$tmp/copied"
	env true	# outside: not to be seen
	echo >"$tmp/go-$b"
	# it stays: /proc tells nothing of a process that is gone
	for _ in {1..400}; do
		[ ! -e "$tmp/worked-$b" ] || break
		sleep 0.05
	done
	stop_counting
	halt "$worker"
	holds "$b: a cgroup: its members' waits" "$f" \
		"[p['voluntary_switches'] >= 200 for p in d['processes'] if p['pid'] == $worker] == [True]"
	[ $b = proc ] && return
	holds "$b: a cgroup: their children, and who comes later" "$f" \
		"[[p['command'] for p in d['processes']].count(c) for c in ('true', 'cp')] == [3, 1]"
	holds "$b: a cgroup: has no wait4, but drops" "$f" \
		"d['wait4'] is None and d['drops'] == 0"
}

mounted=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
group=$mounted/ring-count-test.$$
if [ -z "$mounted" ]; then
	skip "counting a cgroup" "no cgroup file system of version 2 is mounted"
elif ! mkdir "$group" "$group/below" 2>"$tmp/why"; then
	skip "counting a cgroup" "$(head -n 1 "$tmp/why")"
else
	trap 'frame_end; rmdir "$group/below" "$group"' EXIT
	for b in "${backends[@]}"; do
		in_cgroup "$group" "$b"
	done
	expect 0 'context switches, voluntary' "$count" -d 0.1 -c "$group"
	rmdir "$group/below" "$group" && trap frame_end EXIT
fi

# ---- the other formats ----

b=${backends[1]-proc}
"$count" --backend="$b" --csv -o "$tmp/csv" true
check "CSV has as many fields in every row" python3 -c '
import csv, sys
rows = list(csv.reader(open(sys.argv[1])))
assert len(rows) >= 3 and len({len(r) for r in rows}) == 1, rows' "$tmp/csv"
"$count" --backend="$b" --openmetrics -o "$tmp/om" true
check "OpenMetrics ends as it must" test "$(tail -n 1 "$tmp/om")" = '# EOF'
expect 0 'context switches, voluntary' "$count" --backend="$b" -i 0.1 sleep 0.3
[ "$b" = proc ] || expect 0 'ring-count itself' "$count" --backend="$b" \
	--self-overhead true

# ---- without privilege ----

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	if "${as[@]}" "$count" --version >/dev/null 2>&1; then
		expect 0 'CAP_BPF and CAP_PERFMON|built without' \
			"${as[@]}" "$count" true
		expect 125 'backend=proc counts without' \
			"${as[@]}" "$count" --backend=bpf true
	else
		skip "without privilege" "others may not read the build"
	fi
fi
frame_done
