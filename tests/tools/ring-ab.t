#!/bin/bash
# ring-ab: what it says to wrong usage, what it makes of servers that die,
# never listen or answer wrongly, that it leaves no process behind, and what
# its reports hold. The statistics and the parsers are tested by ring-ab.py.
#
# No times are compared. Servers that misbehave are the functions of one small
# Python program, $tmp/server, each by its name.

# shellcheck disable=SC2154 # build, src, tmp are the frame's
# shellcheck source=tests/tools/frame.sh
. "$(dirname "$0")/frame.sh"
frame_start "$@"
unset LD_PRELOAD RING_SHIM_ENGINE
export RING_SHIM_MIN_THREADS=0
ab=$build/ring-ab
web=$build/tests/programs/http_threads
quick=(--rounds 1 -d 0.1 --warmup 0.05 -c 2 --no-count -q)

if [ ! -x "$ab" ] || ! command -v python3 >/dev/null; then
	skip ring-ab "it was not built (python3 is missing)"
	frame_done
fi

cat >"$tmp/server" <<'END'
#!/usr/bin/env python3
import os, signal, socket, sys, threading

def listen():
    return socket.create_server(("127.0.0.1", 0), backlog=64)

def note(name):
    with open(os.environ["PIDS"], "a") as f:
        f.write(f"{os.getpid()} {name}\n")

def one(c, text):
    while c.recv(4096):
        c.sendall(text)

def answer(s, text):
    while True:
        c, _ = s.accept()
        threading.Thread(target=one, args=(c, text), daemon=True).start()

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

def at_once():
    print("no such configuration", file=sys.stderr)
    sys.exit(3)

def never():
    note("never")
    print("still thinking", file=sys.stderr, flush=True)
    signal.pause()

def under_load():
    s = listen()
    c, _ = s.accept()
    c.recv(4096)
    print("assertion failed: x > 0", file=sys.stderr)
    os.abort()

def wrong():
    s = listen()
    answer(s, b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno")

def changing():
    s, n = listen(), 0
    while True:
        c, _ = s.accept()
        while c.recv(4096):
            n += 1
            c.sendall(OK if n < 20 else OK.replace(b"hi", b"ho"))

def stubborn():
    note("stubborn")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    s = listen()
    answer(s, OK)

def crash_at_end():
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGSEGV))
    answer(listen(), OK)

def two_ports():
    s, t = listen(), listen()
    answer(s, OK)

def workers(s):
    for _ in range(3):
        if os.fork() == 0:
            note("worker")
            answer(s, OK)

def prefork():
    s = listen()
    note("parent")
    workers(s)
    signal.pause()

def daemon():
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    note("daemon")
    answer(listen(), OK)

globals()[sys.argv[1]]()
END
chmod +x "$tmp/server"
export PIDS=$tmp/pids
: >"$PIDS"

# gone NAME: no process that noted its pid is left.
gone() {
	local pid who left=

	while read -r pid who; do
		# A zombie that nobody has reaped yet has ended, too.
		[ ! -e "/proc/$pid" ] || [ "$(state "$pid")" = Z ] ||
			left+=" $who"
	done <"$PIDS"
	if [ -z "$left" ]; then ok "$1"; else no "$1" "left:$left"; fi
	: >"$PIDS"
}

state() {
	sed -n 's/.*) \([A-Z]\) .*/\1/p' "/proc/$1/stat" 2>/dev/null
}

# json NAME EXPRESSION: it must be true of r, the result in $tmp/json.
json() {
	if python3 -c "import json, sys
r = json.load(open(sys.argv[1])); c = r['cells'][0]; s = c['samples']
sys.exit(not ($2))" "$tmp/json" 2>"$tmp/said"; then
		ok "$1"
	else
		no "$1" "not so: $2 $(tail -n 1 "$tmp/said")"
	fi
}

# ---- Statistics, parsers, pages ----

while IFS= read -r line; do
	case $line in
	"ok   "*) ok "${line#ok   }" ;;
	*) no "ring-ab.py" "${line#FAIL }" ;;
	esac
done < <(python3 "$src/tests/tools/ring-ab.py" "$src/tools" 2>&1 ||
	echo "it did not run to its end")

# ---- Usage ----

expect 0 'ring-ab \[OPTION\]' "$ab" --help
expect 0 '^ring-ab [0-9]' "$ab" --version
expect 1 'cannot write' sh -c '"$1" --help >/dev/full' - "$ab"
expect 2 'a command is wanted' "$ab"
expect 2 'unrecognized arguments: --bogus' "$ab" --bogus
expect 2 "there is no arm 'fast'" "$ab" --arms native,fast -- true
expect 2 'cannot be written' "$ab" --json "$tmp/no/x" -- true
expect 2 'not what ring-ab --json writes' "$ab" --from "$tmp/server"
expect 127 'was not found' "$ab" -- "$tmp/nothing"
expect 126 'cannot be executed' "$ab" -- "$tmp/pids"

# ---- Servers that misbehave ----

expect 1 'ended without ever listening' "$ab" "${quick[@]}" -- \
	"$tmp/server" at_once
check "what it said is shown" grep -q 'no such configuration' "$tmp/said"
expect 1 'still thinking' "$ab" "${quick[@]}" --patience 8 -- \
	"$tmp/server" never
gone "a server that never listens is gone"
expect 1 'the server died: killed by SIGABRT' "$ab" "${quick[@]}" -- \
	"$tmp/server" under_load
check "and what it said is shown" grep -q 'assertion failed' "$tmp/said"
expect 1 '503|status' "$ab" "${quick[@]}" -- "$tmp/server" wrong
expect 1 'wrong answers' "$ab" "${quick[@]}" -d 5 -- "$tmp/server" changing
expect 1 'does not end within' "$ab" "${quick[@]}" --patience 8 \
	--arms native -- "$tmp/server" stubborn
gone "a server that ignores SIGTERM is gone"
expect 0 'native' "$ab" "${quick[@]}" --stop KILL --arms native -- \
	"$tmp/server" stubborn
expect 1 'crashed at its end' "$ab" "${quick[@]}" --arms native -- \
	"$tmp/server" crash_at_end
expect 1 'several ports' "$ab" "${quick[@]}" --arms native -- \
	"$tmp/server" two_ports
launch "$web" -p 0
for _ in {1..400}; do
	port=$(sed -n 's/^listening on //p' "$tmp/launched.out")
	[ -z "$port" ] || break
	sleep 0.02
done
expect 1 'is taken' "$ab" "${quick[@]}" --ready "tcp:$port" -- "$web" -p 0
halt "$pid"
expect 1 'shim is not in the server' "$ab" "${quick[@]}" --arms native,epoll \
	-- env -u LD_PRELOAD "$web" -p 0

# ---- What it measures ----

expect 0 'no verdict under 5 rounds' "$ab" "${quick[@]}" --rounds 2 --json \
	"$tmp/json" --html "$tmp/html" --arms native,epoll -- "$web" -p 0
json "the JSON has its schema and the machine" \
	"r['schema'] == 1 and r['machine']['kernel'] and r['version']"
json "and every sample" "[(x['arm'], x['round']) for x in s] == [('native', 0),
	('epoll', 0), ('epoll', 1), ('native', 1)]"
json "with its numbers" "all(x['rate'] > 0 and x['cpu_us'] > 0 and
	x['p99_us'] >= x['p50_us'] and x['peak_bytes'] > 1e5 for x in s)"
json "and the engine" \
	"{x['shim']['engine'] for x in s if x['arm'] == 'epoll'} != {None}"
check "the HTML holds charts" grep -q '<svg' "$tmp/html"
expect 0 'throughput' "$ab" --from "$tmp/json" --html "$tmp/html2"
check "and is the same when made again" cmp "$tmp/html" "$tmp/html2"
expect 0 '^\| arm \|' "$ab" --from "$tmp/json" --markdown
if grep -q $'\033' "$tmp/said"; then
	no "no colour but on a terminal" "an escape sequence"
else
	ok "no colour but on a terminal"
fi
sed 's/"schema":1/"schema":99/' "$tmp/json" >"$tmp/json99"
expect 2 'schema 99' "$ab" --from "$tmp/json99"

expect 0 'noise floor' "$ab" "${quick[@]}" --aa --rounds 2 -- "$web" -p 0
expect 0 'seed 7' "$ab" "${quick[@]}" --shuffle=7 --arms native -- "$web" -p 0
expect 0 '(noise|uring|mine)' "$ab" "${quick[@]}" --arms native --arm \
	'mine=@epoll RING_SHIM_CARRIERS=1' --json "$tmp/json" -- "$web" -p 0
json "an arm of one's own" "c['arms'][1]['environment']['RING_SHIM_CARRIERS']
	== '1' and c['arms'][1]['engine'] == 'epoll'"
expect 0 'switches' "$ab" "${quick[@]}" --count=rusage --thousands 1 --json \
	"$tmp/json" --arms native -- "$web" -p 0
json "counting runs" "c['counts']['native']['switches'] > 0 and
	r['backend'] == 'rusage'"
expect 0 '2 connections.*per connection' "$ab" "${quick[@]}" --close \
	--arms native -- "$web" -p 0
expect 0 'udp' "$ab" "${quick[@]}" --proto udp --arms native,epoll -- \
	"$build/tests/programs/udp_echo" -p 0 -t 2

expect 0 'native' "$ab" "${quick[@]}" -d 0.5 --arms native --json \
	"$tmp/json" -- "$tmp/server" prefork
json "a server of several processes is seen whole" \
	"s[0]['processes'] >= 4 and s[0]['cpu_us'] > 0"
gone "and its workers are gone"
expect 0 'native' "$ab" "${quick[@]}" --arms native -- "$tmp/server" daemon
gone "a daemon is measured, and gone"

# ---- Other loads, batch ----

expect 0 'requests/s' "$ab" --rounds 1 -q --no-count --arms native \
	--load "$build/ring-load -c1 -n5 127.0.0.1:{port}" --json "$tmp/json" \
	-- "$web" -p 0
json "ring-load as a command of one's own is read" "s[0]['requests'] == 5"
expect 0 'wall time' "$ab" --rounds 2 -q --no-count --arms native,epoll \
	--load 'sh -c "test {port} -gt 0"' -- "$web" -p 0
expect 1 'the load failed' "$ab" --rounds 2 -q --no-count --arms native \
	--load 'sh -c "echo it went wrong >&2; exit 4"' -- "$web" -p 0
check "what the load said is shown" grep -q 'it went wrong' "$tmp/said"
expect 1 'did not end within' "$ab" --rounds 1 -q --no-count --arms native \
	--limit 0.5 --load 'sleep 60' -- "$web" -p 0
expect 0 'wall time' "$ab" --batch --rounds 2 -q --arms native,epoll \
	--count=rusage --json "$tmp/json" -- sh -c 'exit 0'
json "a batch program has its times" "s[0]['wall_s'] > 0 and
	s[0]['cpu_s'] >= 0 and c['counts']['native']['per'] == 'run'"
expect 1 'exit status 7' "$ab" --batch --rounds 2 -q -- \
	sh -c 'echo why >&2; exit 7'
expect 1 'did not end' "$ab" --batch --rounds 1 -q --limit 0.3 -- sleep 60
expect 0 'wall time' "$ab" --batch --rounds 1 -q --no-count --arms \
	native,epoll --helper "$web -p 0" -- \
	"$build/tests/programs/client_threads" -c 4 -n 5 127.0.0.1 '{port}'

# ---- Ended from outside ----

# running: wait until the server of ring-ab has noted itself.
running() {
	local i

	for ((i = 0; i < 1000; i++)); do
		grep -q "$1" "$PIDS" && return
		sleep 0.02
	done
}

for signal in INT TERM HUP; do
	# Background jobs ignore SIGINT and those of nohup SIGHUP; env gives
	# them back.
	launch env --default-signal="$signal" "$ab" -q --rounds 50 -d 60 -c 2 \
		--arms native -- "$tmp/server" prefork
	running worker
	kill "-$signal" "$pid"
	wait "$pid"
	rc=$?
	unset "launched[$pid]"
	want=$((128 + $(kill -l $signal)))
	if [ $rc = $want ]; then
		ok "SIG$signal gives status $want"
	else
		no "SIG$signal" "status $rc, not $want"
	fi
	gone "and leaves no process"
done
launch "$ab" -q --rounds 50 -d 60 -c 2 --arms native -- "$tmp/server" never
running never
kill -KILL "$pid"
wait "$pid" 2>/dev/null
unset "launched[$pid]"
read -r server _ <"$PIDS"
for _ in {1..500}; do
	[ -e "/proc/$server" ] && [ "$(state "$server")" != Z ] || break
	sleep 0.02
done
gone "even SIGKILL leaves no server"

# ---- Models ----

expect 0 'UDP echo' "$ab" --models --rounds 1 -d 0.1 --warmup 0.05 -c 4 \
	--no-count -q --json "$tmp/json" --arms threads,epoll,shim-epoll
json "the models are compared" "[x['title'] for x in r['cells']] == [
	'keep-alive, 4 connections', 'one request per connection, 4 connections',
	'UDP echo, 64 clients'] and all(len(x['samples']) == 3
	for x in r['cells'])"
expect 2 "there is no model 'go'" "$ab" --models --arms threads,go

frame_done
