#!/bin/bash
# ring-load: options, reports, and what it finds in servers that err on purpose.
#
# The server is one python3 process with a port for each way to err. It errs in
# every third answer and counts them from the first, which is the model that
# ring-load fetches (HTTP), or the one on each connection before the run. No
# time is asserted but from below: what had to wait has waited.
# shellcheck source=tests/tools/frame.sh disable=SC2154,SC2034
. "$(dirname "$0")/frame.sh"
frame_start "$@"
load=$build/ring-load
python=/usr/bin/python3
[ -x $python ] || python=python3

cat >"$tmp/erring.py" <<'END'
import itertools, socket, struct, threading, time

BODY = b"fifteen bytes.\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n"
RIGHT = HEAD + BODY


class Close(Exception):
    pass


def drip(s, data):
    for byte in data:
        s.sendall(bytes([byte]))


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Close


def cut(s, data):
    s.sendall(data)
    raise Close


def never(s):
    while s.recv(65536):
        pass
    raise Close


def stall(s):
    time.sleep(1)
    s.sendall(RIGHT)


def third(wrong):
    """Right, right, and every third time wrong."""
    return lambda s, k: wrong(s) if k % 3 == 2 else s.sendall(RIGHT)


def always(data):
    return lambda s, k: s.sendall(data)


def dates(s, k):
    s.sendall(b"HTTP/1.1 200 Fine\r\nDATE: " + b"x" * (k % 7) +
              b"\r\ncontent-length:15\r\n\r\n" + BODY)


def fifth(s, k):
    if k % 5 < 4:
        return s.sendall(RIGHT)
    cut(s, RIGHT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))


HTTP = {
    "right": always(RIGHT),
    "dates": dates,
    "drip": lambda s, k: drip(s, RIGHT),
    "fifth": fifth,
    "to_the_end": lambda s, k: cut(s, b"HTTP/1.0 200 OK\r\n\r\n" + BODY),
    "status": third(lambda s: s.sendall(RIGHT.replace(b"200", b"500"))),
    **{name: third(lambda s: s.sendall(RIGHT.replace(b"200", b"500")))
       for name in ("status_text", "status_red", "status_plain")},
    "length": third(lambda s: s.sendall(RIGHT.replace(b"15", b"14")[:-1])),
    "longer": third(lambda s: s.sendall(RIGHT + b"more")),
    "body": third(lambda s: s.sendall(RIGHT.replace(b"fifteen", b"fifte_n"))),
    "body_close": third(
        lambda s: s.sendall(RIGHT.replace(b"fifteen", b"fifte_n"))),
    "short": third(lambda s: cut(s, RIGHT[:-5])),
    "cut": third(lambda s: cut(s, HEAD[:20])),
    "empty": third(lambda s: cut(s, b"")),
    "garbage": third(lambda s: s.sendall(bytes(range(256)) * 80)),
    "never": third(never),
    "reset": third(reset),
    "stall": lambda s, k: stall(s) if k == 40 else s.sendall(RIGHT),
    "missing": always(RIGHT.replace(b"200 OK", b"404 Not Found")),
    "noise": always(bytes(range(256)) * 80),
    "chunked": always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "negative": always(RIGHT.replace(b"15", b"-5")),
    "half": lambda s, k: cut(s, RIGHT[:-5]),
    "silent": lambda s, k: never(s),
    "dribble": lambda s, k: [time.sleep(.1) or s.sendall(b"x")
                             for _ in range(300)],
}


def flip(data):
    return bytes([data[0] ^ 1]) + data[1:]


ECHO = {
    "echo_right": lambda s, k, d: s.sendall(d),
    "echo_flip": lambda s, k, d: s.sendall(flip(d) if k % 3 == 2 else d),
    "echo_long": lambda s, k, d: s.sendall(d + b"x" * (k % 3 == 2)),
    "echo_short": lambda s, k, d:
        cut(s, d[:-1]) if k % 3 == 2 else s.sendall(d),
    "echo_other": lambda s, k, d: s.sendall(d[1:] + b"x"
                                            if k % 3 == 2 else d),
}

held = []


def late(k, data):
    if k % 3 == 2:
        held.append(data)
        return []
    out = held + [data]
    held.clear()
    return out


UDP = {
    "udp_right": lambda k, d: [d],
    "udp_drop": lambda k, d: [d] if k % 3 != 2 else [],
    "udp_twice": lambda k, d: [d] if k % 3 != 2 else [d, d],
    "udp_flip": lambda k, d: [d] if k % 3 != 2 else [flip(d)],
    "udp_short": lambda k, d: [d] if k % 3 != 2 else [d[:-1]],
    "udp_long": lambda k, d: [d] if k % 3 != 2 else [d + b"x"],
    "udp_late": late,
}


def http_requests(s):
    have = b""
    while True:
        while b"\r\n\r\n" not in have:
            more = s.recv(65536)
            if not more:
                return
            have += more
        one, have = have.split(b"\r\n\r\n", 1)
        yield one


def serve(s, counter, requests, answer):
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with s:
        try:
            for one in requests(s):
                answer(s, next(counter), one)
                if b"Connection: close" in one:
                    return
        except (Close, OSError):
            pass


def accept(listener, requests, answer):
    counter = itertools.count()
    while True:
        s, _ = listener.accept()
        threading.Thread(target=serve, daemon=True,
                         args=(s, counter, requests, answer)).start()


def echoes(s):
    while True:
        data = s.recv(64, socket.MSG_WAITALL)
        if len(data) < 64:
            return
        yield data


def datagrams(s, answers):
    for k in itertools.count():
        data, peer = s.recvfrom(65536)
        for out in answers(k, data):
            s.sendto(out, peer)


def start(name, kind, target, *args):
    s = socket.socket(socket.AF_INET, kind)
    s.bind(("127.0.0.1", 0))
    if kind == socket.SOCK_STREAM:
        s.listen(128)
    print(name, s.getsockname()[1])
    threading.Thread(target=target, args=(s, *args), daemon=True).start()


for name, f in HTTP.items():
    start(name, socket.SOCK_STREAM, accept, http_requests,
          lambda s, k, one, f=f: f(s, k))
for name, f in ECHO.items():
    start(name, socket.SOCK_STREAM, accept, echoes, f)
for name, f in UDP.items():
    start(name, socket.SOCK_DGRAM, datagrams, f)
print("ready", 0, flush=True)
threading.Event().wait()
END

# The one who checks reports: check.py FILE EXPRESSION, with the report as r,
# its errors of each kind as e and their total as bad.
cat >"$tmp/check.py" <<'END'
import json, sys

with open(sys.argv[1]) as f:
    r = json.load(f)
e = r["errors"]
bad = e.pop("total")
e = {kind: n for kind, n in e.items() if n}
if bad != sum(e.values()):
    sys.exit("the total of errors is not their sum: " + repr(r["errors"]))
if not eval("(" + sys.argv[2] + ")"):
    sys.exit("%s answers, errors %r" % (r["requests"], e))
END

await_line() {
	local i

	for ((i = 0; i < 1200; i++)); do
		! grep -q "$1" "$2" 2>/dev/null || return 0
		sleep 0.05
	done
	echo "no '$1' within a minute" >&2
	exit 1
}

launch "$python" "$tmp/erring.py"
erring=$pid
await_line '^ready' "$tmp/launched.out"
declare -A at
while read -r name number; do
	at[$name]=127.0.0.1:$number
done <"$tmp/launched.out"

# report NAME STATUS EXPRESSION OPTION...: a run against the server NAME, its
# exit status, and what the report has to say.
report() {
	local name=$1 want=$2 what=$3 rc

	shift 3
	timeout -k 5 120 "$load" --json "$@" "${at[$name]}" >"$tmp/report" \
		2>"$tmp/said" </dev/null
	rc=$?
	if [ $rc != "$want" ]; then
		no "$name $*" "status $rc, not $want: $(head -c 300 "$tmp/said")"
	elif [ -s "$tmp/said" ]; then
		no "$name $*" "it said: $(head -c 300 "$tmp/said")"
	elif ! "$python" "$tmp/check.py" "$tmp/report" "$what" 2>"$tmp/said"
	then
		no "$name $*" "not $what: $(cat "$tmp/said")"
	else
		ok "$name $*"
	fi
}

# ---- Wrong usage: one line, status 2 ----

one_line() {
	expect 2 "^ring-load: $1" "$load" "${@:2}"
	[ "$(wc -l <"$tmp/said")" -eq 1 ] || no "${*:2}" 'more than one line'
}

one_line 'give one HOST:PORT'
one_line 'give one HOST:PORT' 127.0.0.1:1 127.0.0.1:2
one_line "'127.0.0.1' is not HOST:PORT" 127.0.0.1
one_line "':80' is not HOST:PORT" :80
one_line "port: '' is not" 127.0.0.1:
one_line "port: '0' is not" 127.0.0.1:0
one_line "port: '65536' is not" 127.0.0.1:65536
one_line "port: '80x' is not" 127.0.0.1:80x
one_line 'a target has no spaces' '127.0.0.1:80/a b'
one_line 'a target has no spaces' $'127.0.0.1:80/\tb'
one_line "-c: '0' is not a whole number" -c 0 127.0.0.1:1
one_line "-c: '-3' is not a whole number" -c -3 127.0.0.1:1
one_line "-c: '1.5' is not a whole number" -c 1.5 127.0.0.1:1
one_line "-n: 'many' is not a whole number" -n many 127.0.0.1:1
one_line "-n: '99999999999999999999' is not" -n 99999999999999999999 127.0.0.1:1
one_line '-n and -d exclude each other' -n 5 -d 5 127.0.0.1:1
one_line "-d: '0' is not a number above 0" -d 0 127.0.0.1:1
one_line "-d: '5s' is not a number above 0" -d 5s 127.0.0.1:1
one_line "-d: 'nan' is not a number above 0" -d nan 127.0.0.1:1
one_line "-R: '-1' is not a number above 0" -R -1 127.0.0.1:1
one_line "--close: '0' is not a whole number" --close=0 127.0.0.1:1
one_line "--proto: 'https' is not http, echo or udp" --proto https 127.0.0.1:1
one_line "--size: '' is not a whole number" --size= 127.0.0.1:1
one_line '--size: at most 65507 with udp' --proto udp --size 65508 127.0.0.1:1
one_line "--warmup: 'x' is not a number" --warmup x 127.0.0.1:1
one_line "--timeout: '0' is not a number" --timeout 0 127.0.0.1:1
one_line '--cpu-of: there is no process' --cpu-of 4194304 127.0.0.1:1
expect 2 "unrecognized option '--fast'" "$load" --fast 127.0.0.1:1
expect 2 "requires an argument -- 'c'" "$load" -c
expect 0 '^Usage: ring-load ' "$load" --help
expect 0 '^ring-load .*[0-9]' "$load" --version

# ---- Servers that are not there, or not what they should be: status 1 ----

nobody=$("$python" -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
expect 1 "^ring-load: 127.0.0.1:$nobody: cannot connect: Connection refused" \
	"$load" "127.0.0.1:$nobody"
expect 1 'cannot make 3 connections: Connection refused' \
	"$load" --proto echo -c 3 "127.0.0.1:$nobody"
expect 1 'cannot make 2 connections: Connection refused' \
	"$load" --proto udp -c 2 "127.0.0.1:$nobody"
expect 1 'gave up: .*Connection refused' \
	"$load" --proto echo --close "127.0.0.1:$nobody"
expect 1 'not an HTTP/1 200: HTTP/1.1 404 Not Found' "$load" "${at[missing]}"
expect 1 'not an HTTP/1 200: \?{10}$' "$load" "${at[noise]}"
expect 1 'cannot tell the length' "$load" "${at[chunked]}"
expect 1 'cannot tell the length' "$load" "${at[negative]}"
expect 1 'cut short or too long' "$load" "${at[half]}"
expect 1 'no answer: timed out' "$load" --timeout 0.3 "${at[silent]}"
expect 1 'no answer: timed out' "$load" --timeout 0.3 "${at[dribble]}"
expect 1 'a body of 15 bytes, not 16' "$load" --size 16 "${at[right]}"
few() {
	(ulimit -n 50 && exec "$load" "$@")
}
export load
export -f few
expect 125 '116 descriptors are needed, the limit is 50' \
	bash -c 'few -c 100 "$1"' few "${at[right]}"

# ---- Right answers, however they come ----

report right 0 'r["requests"] == 30 and r["bytes"] == 30 * 54' -n 30
report right 0 'r["requests"] == 500' -n 500 -c 20 --size 15
report right 0 'r["requests"] == 50 and r["close"]' -n 50 -c 4 --close
report right 0 'r["requests"] == 90' -n 90 -c 4 --close=7
report dates 0 'r["requests"] == 30' -n 30
report drip 0 'r["requests"] == 20' -n 20 -c 2
report fifth 0 'r["requests"] == 30' -n 30
report to_the_end 0 'r["requests"] == 10' -n 10
report echo_right 0 'r["requests"] == 200' -n 200 -c 5 --proto echo
report echo_right 0 'r["requests"] == 40' -n 40 -c 4 --proto echo --close
report echo_right 0 'r["requests"] == 40' -n 40 -c 4 --proto echo --close=3
report udp_right 0 'r["requests"] == 100' -n 100 -c 3 --proto udp --timeout 60
expect 0 '^30 requests/s|\(30 in ' "$load" -n 30 "http://${at[right]}/a?b=c"

# ---- Wrong ones, each found and called by its name ----

third='r["requests"] == 20 and e =='
report status 1 "$third {'bad_status': 10}" -n 30
report length 1 "$third {'bad_length': 10}" -n 30
report longer 1 "$third {'bad_length': 10}" -n 30
report body 1 "$third {'bad_body': 10}" -n 30
report short 1 "$third {'closed_early': 10}" -n 30
report cut 1 "$third {'closed_early': 10}" -n 30
report empty 1 "$third {'closed_early': 10}" -n 30
report garbage 1 "$third {'bad_status': 10}" -n 30
report reset 1 "$third {'reset': 10}" -n 30
report never 1 'r["requests"] + bad == 2 and list(e) == ["timeout"]' \
	-n 2 --timeout 2
report body_close 1 'r["requests"] + bad == 60 and list(e) == ["bad_body"]' \
	-n 60 -c 7 --close
third='r["requests"] == 4 and e =='
report echo_flip 1 "$third {'bad_body': 2}" -n 6 --proto echo
report echo_other 1 "$third {'bad_body': 2}" -n 6 --proto echo
report echo_long 1 "$third {'bad_length': 2}" -n 6 --proto echo
report echo_short 1 "$third {'closed_early': 2}" -n 6 --proto echo
how=(-n 6 --proto udp --timeout 60)
report udp_flip 1 "$third {'bad_body': 2}" "${how[@]}"
report udp_short 1 "$third {'bad_length': 2}" "${how[@]}"
report udp_long 1 "$third {'bad_length': 2}" "${how[@]}"
report udp_twice 1 "r['requests'] == 6 and e == {'unasked': 2}" "${how[@]}"
# A slow machine may lose more to the timeout, but nothing else.
late='r["requests"] + bad == 6 and list(e) == ["timeout"] and bad >= 2'
report udp_drop 1 "$late" -n 6 --proto udp --timeout 1.5
report udp_late 1 "$late" -n 6 --proto udp --timeout 1.5

# ---- The open loop ----

report right 0 'r["latency_ns"]["count"] == 100' -R 100 -d 1 -c 4 --timeout 60
report right 0 'r["latency_ns"]["count"] == 50' -R 100 -d 0.5 --warmup 0.5 \
	--timeout 60
report right 0 'r["requests"] == 40 and r["rate"] == 400' -R 400 -n 40
# The server stands still for a second: whoever was due in its first half has
# waited for as long as the other half at least, sent or not.
report stall 0 'sum(n for ns, n in r["latency_cells_ns"] if ns >= 5e8) >= 49' \
	-R 100 -n 150 --timeout 60

# ---- The report ----

report right 0 'r["schema"] == 1 and r["tool"] == "ring-load" and r["version"]
	and r["machine"]["kernel"] and r["machine"]["cpus"] >= 1
	and r["options"]["requests"] == 300 and r["connections"] == 3
	and r["proto"] == "http" and r["cpu_ns"] > 0
	and not r["interrupted"] and not r["gave_up"]' -n 300 -c 3 --cpu-of "$erring"
check 'percentiles and cells agree' "$python" "$tmp/check.py" "$tmp/report" '
	(lambda l, cells:
		l["p50"] <= l["p90"] <= l["p99"] <= l["p99.9"] <= l["max"]
		and sum(n for _, n in cells) == l["count"] == 300
		and cells == sorted(cells) and all(n > 0 for _, n in cells)
		and sum(n for top, n in cells if top <= l["p50"]) >= 150
		and sum(n for top, n in cells if top < l["p50"]) < 150
		and cells[-1][0] >= l["max"]
	)(r["latency_ns"], r["latency_cells_ns"])'
expect 1 '^errors: 10, bad status 10$' "$load" -n 30 \
	"${at[status_text]}"

# A terminal gets a progress line, red if there are errors and colours are
# wanted; nobody else gets one.
cat >"$tmp/terminal.py" <<'END'
import os, pty, subprocess, sys
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=slave)
os.close(slave)
said = b""
try:
    while True:
        said += os.read(master, 4096)
except OSError:
    pass
child.wait()
print(said)
END
at_terminal() {
	TERM=xterm "$@" "$python" "$tmp/terminal.py" "$load" -R 20 -d 2.5 \
		"${at[$on]}" >"$tmp/said" 2>&1
}
on=right
at_terminal env
check 'a progress line on a terminal' grep -q ' s, [0-9]* answers, 0 errors' \
	"$tmp/said"
on=status_red
at_terminal env -u NO_COLOR
check 'errors are red' grep -q '31m[1-9][0-9]* errors' "$tmp/said"
on=status_plain
at_terminal env NO_COLOR=1
check 'NO_COLOR' grep -q '[0-9] answers, [1-9][0-9]* errors' "$tmp/said"
on=right
at_terminal env TERM=dumb
check 'nothing on a dumb terminal' grep -qx "b''" "$tmp/said"

# ---- Ends before the end ----

mkfifo "$tmp/marks"
exec 8<>"$tmp/marks"
# begin OPTION...: in the background, until its time counts.
begin() {
	local line

	"$load" --marks 9 "$@" >"$tmp/report" 2>"$tmp/said" 9>&8 &
	running=$!
	launched["$running"]=1
	read -r -t 60 line <&8
	[ "$line" = from ] || no "$*" "it did not begin: $(cat "$tmp/said")"
}

# over WHAT STATUS PATTERN
over() {
	local rc line

	wait "$running"
	rc=$?
	read -r -t 60 line <&8
	[ "$line" = until ] || no "$1" 'no mark at the end'
	unset "launched[$running]"
	if [ $rc != "$2" ]; then
		no "$1" "status $rc, not $2: $(head -c 300 "$tmp/said")"
	elif ! grep -Eq "$3" "$tmp/report"; then
		no "$1" "the report does not say $3"
	else
		ok "$1"
	fi
}

for signal in INT TERM; do
	begin -d 600 "${at[right]}"
	kill -"$signal" "$running"
	over "SIG$signal: the summary so far" 1 '^interrupted$'
done
begin -d 600 --json "${at[right]}"
kill -INT "$running"
over 'SIGINT: so far as JSON' 1 '"interrupted":true'
check 'which is whole' "$python" "$tmp/check.py" "$tmp/report" 'not bad'
begin -d 600 -c 5 "${at[right]}"
halt $erring
over 'the server dies' 1 '^gave up: .*Connection refused'

# ---- Ten thousand connections ----

if [ "$(ulimit -Hn)" != unlimited ] && [ "$(ulimit -Hn)" -lt 10100 ]; then
	skip '10000 connections' "the limit of descriptors is $(ulimit -Hn)"
else
	launch "$build/tests/bench/loop_epoll"
	await_line '^listening' "$tmp/launched.out"
	at[many]=127.0.0.1:$(awk '{ print $3 }' "$tmp/launched.out")
	report many 0 'r["requests"] == 30000' -c 10000 -n 30000 --timeout 100
	halt $pid
fi
frame_done
