#!/bin/bash
# The launcher, its doctor, and what it says of programs.
. "$(dirname "$0")/frame.sh"
frame_start "$@"

shim=$build/ring-shim
unset LD_PRELOAD RING_SHIM_ENGINE RING_SHIM_CARRIERS RING_SHIM_MIN_THREADS
unset RING_SHIM_VERBOSE NO_COLOR
lib=$build/.libs/libring-shim.so

# same NAME WANTED GOT
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		no "$1" "'$3', not '$2'"
	fi
}

# ---- run: what the command gets ----

# seen VARIABLE ARGUMENT...: the variable's value in a command run with them.
seen() {
	local name=$1

	shift
	"$shim" "$@" printenv "$name" 2>&1
}

same "preloads the library of the build tree" \
	"$(realpath "$lib")" "$(seen LD_PRELOAD)"
same "run may be left out, or not" "$(seen LD_PRELOAD)" "$(seen LD_PRELOAD run)"
library=$(seen LD_PRELOAD)
cp "$lib" "$tmp/other.so"
export LD_PRELOAD=$tmp/other.so
same "stands before what is preloaded already" "$library:$tmp/other.so" \
	"$(seen LD_PRELOAD -e off)"
unset LD_PRELOAD
mkdir "$tmp/copy"
cp "$lib" "$tmp/copy/libring-shim.so"
same "once, though the list names it, or a copy" "$library" \
	"$(LD_PRELOAD="$tmp/copy/libring-shim.so $library" seen LD_PRELOAD)"
same "the rest of a list with spaces stays" "$library:$tmp/other.so" \
	"$(LD_PRELOAD=" $tmp/other.so  $library:" seen LD_PRELOAD -e off)"
same "a launcher in a launcher changes nothing" "$library" \
	"$("$shim" "$shim" printenv LD_PRELOAD)"
ln -s "$shim" "$tmp/link"
same "through a symbolic link" "$library" "$("$tmp/link" printenv LD_PRELOAD)"
same "without an option there is no variable" "" "$(seen RING_SHIM_ENGINE)"
same "--engine" epoll "$(seen RING_SHIM_ENGINE --engine=epoll)"
same "--carriers" 3 "$(seen RING_SHIM_CARRIERS --carriers 3)"
same "--min-threads" 0 "$(seen RING_SHIM_MIN_THREADS --min-threads 0)"
same "--verbose" 1 "$(seen RING_SHIM_VERBOSE --verbose 2>&1 | head -n 1)"
same "short options" "off 2 7" "$("$shim" -e off -c2 -m 7 sh -c \
	'echo $RING_SHIM_ENGINE $RING_SHIM_CARRIERS $RING_SHIM_MIN_THREADS')"
same "the command's own options are its own" "-e -v --json" \
	"$("$shim" printf '%s %s %s' -e -v --json)"

# ---- profile, environment, option ----

cat >"$tmp/profile" <<'END'
# a comment
	engine = uring

carriers=2
RING_SHIM_MIN_THREADS = 5
carriers = 4
END
printf 'verbose = 0\r\n' >>"$tmp/profile"
p=--profile=$tmp/profile
same "a profile sets" uring "$(seen RING_SHIM_ENGINE "$p")"
same "its later line holds" 4 "$(seen RING_SHIM_CARRIERS "$p")"
same "by the variable's name" 5 "$(seen RING_SHIM_MIN_THREADS "$p")"
same "CR and blanks do not count" 0 "$(seen RING_SHIM_VERBOSE "$p")"
same "the environment wins over it" epoll \
	"$(RING_SHIM_ENGINE=epoll seen RING_SHIM_ENGINE "$p")"
same "an empty variable is none" uring \
	"$(RING_SHIM_ENGINE='' seen RING_SHIM_ENGINE "$p")"
same "an option wins over both" off \
	"$(RING_SHIM_ENGINE=epoll seen RING_SHIM_ENGINE "$p" -e off)"
same "wherever the profile is named" off "$(seen RING_SHIM_ENGINE -e off "$p")"

# bad_profile PATTERN TEXT
bad_profile() {
	printf '%b' "$2" >"$tmp/bad"
	expect 125 "$1" "$shim" --profile="$tmp/bad" true
	same "  in one line" 1 "$(wc -l <"$tmp/said")"
}
bad_profile "bad:2: 'nonsense' is not NAME = VALUE" 'engine = off\nnonsense\n'
bad_profile "bad:1: there is no setting 'motor'" 'motor = epoll\nx\n'
bad_profile "bad:3: carriers: '0' is not a number from 1 to 256" \
	'#\n\ncarriers = 0'
bad_profile "bad:1: engine: '' is not one of auto" 'engine =\n'
bad_profile 'bad:1: a zero byte' 'engine\0 = off\n'
expect 125 'No such file' "$shim" -p "$tmp/none" true
expect 125 'directory' "$shim" -p "$tmp" true

# What the launcher refuses is what the library complains of.
for pair in ENGINE=auto ENGINE=uring ENGINE=epoll ENGINE=off ENGINE=URING \
	ENGINE=io_uring CARRIERS=1 CARRIERS=256 CARRIERS=257 CARRIERS=0 \
	CARRIERS=-1 CARRIERS=+1 CARRIERS=2x CARRIERS=007 \
	CARRIERS=99999999999999999999 MIN_THREADS=0 MIN_THREADS=1000000 \
	MIN_THREADS=1000001 MIN_THREADS=x VERBOSE=0 VERBOSE=2 VERBOSE=yes; do
	echo "RING_SHIM_$pair" >"$tmp/one"
	complains=$(env "RING_SHIM_$pair" LD_PRELOAD="$library" true 2>&1)
	"$shim" -p "$tmp/one" true 2>/dev/null
	rc=$?
	same "as the library: $pair" "${complains:+125}" "${rc#0}"
done

# ---- status, signals, bad usage ----

expect 7 hello "$shim" sh -c 'echo hello; exit 7'
expect 127 'no-such-command: No such file' "$shim" no-such-command
expect 126 'Permission denied' "$shim" "$tmp/profile"
expect 126 'Permission denied' "$shim" "$tmp"
expect 125 'a command is wanted' "$shim"
expect 125 'a command is wanted' "$shim" run --
expect 125 "--engine: 'fast' is not one of auto, uring, epoll, off" \
	"$shim" --engine fast true
expect 125 "'300' is not a number from 1 to 256" "$shim" -c 300 true
expect 125 'try: ring-shim --help' "$shim" --bogus true
expect 127 'doctor: No such file' "$shim" -- doctor
expect 0 'Usage: ring-shim' "$shim" --help
expect 0 '^ring-shim [0-9]' "$shim" --version
expect 125 'cannot write' sh -c '"$1" --help >/dev/full' sh "$shim"
"$shim" sh -c 'kill -TERM $$'
same "a signal's death passes through" 143 $?
launch "$shim" sleep 60
for ((i = 0; i < 1000; i++)); do
	[ "$(cat "/proc/$pid/comm")" != sleep ] || break
	sleep 0.02
done
same "it is the command, under the same number" sleep \
	"$(cat "/proc/$pid/comm")"
halt "$pid"
mkdir "$tmp/bin"
cp "$shim" "$tmp/bin/ring-shim"
# (in a sane world nothing lies in the configured directory yet)
if [ -e "$("$tmp/bin/ring-shim" printenv LD_PRELOAD 2>/dev/null)" ]; then
	skip "no library anywhere" "one is installed"
else
	expect 125 'libring-shim.so was not found \(looked for .*is it installed' \
		"$tmp/bin/ring-shim" true
	expect 1 'library +not found' "$tmp/bin/ring-shim" doctor
fi
mkdir -p "$tmp/a b/.libs"
cp "$shim" "$tmp/a b/ring-shim"
cp "$lib" "$tmp/a b/.libs/"
expect 125 'a colon or a space' "$tmp/a b/ring-shim" true

# ---- doctor ----

# json FILE EXPRESSION: of the parsed file, as d.
json() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2" 2>&1
}
python=$(command -v python3)

expect 2 'doctor takes no argument' "$shim" doctor x
expect 2 'try: ring-shim doctor --help' "$shim" doctor --bogus
expect 0 'Usage: ring-shim doctor' "$shim" doctor --help
"$shim" doctor >"$tmp/doctor" 2>&1
rc=$?
for row in kernel glibc 'FS base' io_uring library trial descriptors threads \
	BTF counter; do
	check "doctor tells of $row" grep -q " $row  " "$tmp/doctor"
done
if grep -q 'with its best engine' "$tmp/doctor"; then want=0; else want=1; fi
same "its status is its last line's" $want $rc
same "no colours in a file" 0 "$(grep -c $'\033' "$tmp/doctor")"
if [ -n "$python" ]; then
	"$shim" doctor --json >"$tmp/json"
	same "doctor's JSON" "1 $([ $rc = 0 ] && echo True || echo False)" \
		"$(json "$tmp/json" "f\"{d['schema']} {d['best']}\"")"
	same "each check has its parts" "[['advice', 'level', 'name', 'value']]" \
		"$(json "$tmp/json" "[list(x) for x in
			{tuple(sorted(c)) for c in d['checks']}]")"
fi
RING_SHIM_ENGINE=epoll expect 1 'warn +RING_SHIM_ENGINE +epoll' "$shim" doctor
RING_SHIM_CARRIERS=x expect 1 'x is ignored' "$shim" doctor
without=$build/tests/tools/without
eperm=1 enosys=38 io_uring_setup=425 perf_event_open=298
if grep -q 'built without it' "$tmp/doctor"; then
	skip "doctor without io_uring" "the library was built without it"
elif "$without" $eperm $io_uring_setup -- true 2>/dev/null; then
	expect 1 'io_uring +refused: Operation not permitted' \
		"$without" $eperm $io_uring_setup -- "$shim" doctor
	check "and why" grep -Eq 'seccomp|sysctl' "$tmp/said"
	if [ $rc = 0 ]; then
		check "the trial stepped down" grep -q \
			'stepped down to epoll' "$tmp/said"
	fi
	expect 1 'io_uring +refused: Function not implemented' \
		"$without" $enosys $io_uring_setup -- "$shim" doctor
	if grep -q 'a perf event repairs it' "$tmp/doctor"; then
		"$without" $eperm $perf_event_open -- "$shim" doctor \
			>"$tmp/said"
		check "without perf events, too" grep -q \
			'no FSGSBASE.*system call' "$tmp/said"
	fi
else
	skip "doctor without io_uring" "no seccomp filters here"
fi
(ulimit -n 300; "$shim" doctor) >"$tmp/few"
check "few descriptors are told of" grep -q 'note  descriptors  300' "$tmp/few"

# ---- inspect: files ----

# verdict STATUS REASON WHAT [TEXT]: what inspect says.
verdict() {
	expect "$1" "\"reason\": \"$2\"" "$shim" inspect --json "$3"
	[ $# -lt 4 ] || check "  says: $4" grep -Eq -- "$4" "$tmp/said"
}

expect 2 'a command or a process' "$shim" inspect
expect 2 'there is no such command' "$shim" inspect no-such-command
expect 2 'No such file' "$shim" inspect "$tmp/none"
expect 2 'not executable' "$shim" inspect "$tmp/profile"
expect 2 'not a regular file' "$shim" inspect "$tmp"
expect 2 'no such process' "$shim" inspect 4194305
expect 0 'Usage: ring-shim inspect' "$shim" inspect --help
expect 2 'try: ring-shim inspect' "$shim" inspect --bogus

server=$build/tests/programs/http_threads
verdict 0 blocking-threads "$server"
if [ -n "$python" ]; then
	same "inspect's JSON" "1 candidate None" "$(json "$tmp/said" \
		"f\"{d['schema']} {d['verdict']} {d['facts'][0]['advice']}\"")"
fi
expect 0 'a good candidate: it makes threads' "$shim" inspect "$server"
verdict 3 event-loop "$build/tests/bench/loop_epoll"
verdict 4 shell sh
printf '#!%s --flag\n' "$server" >"$tmp/script"
printf '#!/usr/bin/env -S X=1 sh -e\n' >"$tmp/script-env"
printf '#! %s\n' "$tmp/script" >"$tmp/script2"
printf '#!%s\n' "$tmp/loop" >"$tmp/loop"
printf 'echo hello\n' >"$tmp/plain"
head -c 300 /dev/zero >"$tmp/zeros"
: >"$tmp/empty"
chmod +x "$tmp"/{script,script2,script-env,loop,plain,zeros,empty}
verdict 0 blocking-threads "$tmp/script" "\"script\", \"value\": \"$tmp/script\""
verdict 0 blocking-threads "$tmp/script2" "$tmp/script2"
verdict 4 shell "$tmp/script-env"
verdict 4 shell "$tmp/plain"
verdict 1 damaged "$tmp/zeros" 'not an ELF file'
verdict 1 damaged "$tmp/empty" 'not an ELF file'
expect 2 'too many' "$shim" inspect "$tmp/loop"

# patched NAME OFFSET BYTES: a copy of the server with bytes put in.
patched() {
	cp "$server" "$tmp/$1"
	printf '%b' "$3" | dd of="$tmp/$1" bs=1 seek="$2" conv=notrunc status=none
}
patched x32 4 '\001'
patched i386 4 '\001'
printf '\003' | dd of="$tmp/i386" bs=1 seek=18 conv=notrunc status=none
patched arm64 18 '\0267'
for name in x32 i386 arm64; do
	verdict 1 architecture "$tmp/$name"
done
cp "$server" "$tmp/musl"
LC_ALL=C sed -i 's/ld-linux-x86-64\.so/ld-musl--x86_64.so/' "$tmp/musl"
verdict 1 foreign-libc "$tmp/musl" 'ld-musl'
cp "$server" "$tmp/valgrind"
verdict 1 valgrind "$tmp/valgrind"
head -c 3000 "$server" >"$tmp/cut"
chmod +x "$tmp/cut"
expect 1 'not apply' "$shim" inspect "$tmp/cut"

if [ "$(id -u)" -eq 0 ]; then
	cp "$server" "$tmp/setuid"
	chown 65534 "$tmp/setuid"
	chmod u+s "$tmp/setuid"
	verdict 1 secure "$tmp/setuid" 'setuid'
	cp "$server" "$tmp/setgid"
	chgrp 65534 "$tmp/setgid"
	chmod g+s "$tmp/setgid"
	verdict 1 secure "$tmp/setgid" 'setgid'
	chmod g-x "$tmp/setgid"
	verdict 0 blocking-threads "$tmp/setgid"
else
	skip "setuid, setgid" "not root"
fi

# built NAME SOURCE FLAG...
built() {
	local name=$1 source=$2

	shift 2
	printf '%s\n' "$source" >"$tmp/$name.c"
	${CC-gcc} -w -o "$tmp/$name" "$tmp/$name.c" "$@" 2>"$tmp/cc.err"
}
threads='#include <pthread.h>
void *f(void *a) { return a; }
int recv();
int main(int n, char **v) { pthread_t t; pthread_create(&t, 0, f, 0);
	return recv(n, v, 0, 0); }'
if built threads "$threads"; then
	verdict 0 blocking-threads "$tmp/threads"
	built single 'int recv(); int main(int n, char **v)
		{ return recv(n, v, 0, 0); }'
	verdict 3 single-threaded "$tmp/single"
	built forking 'int recv(), fork(); int main(int n, char **v)
		{ return fork() + recv(n, v, 0, 0); }'
	verdict 3 forking "$tmp/forking"
	built compute "${threads//recv/strncmp}"
	verdict 4 no-network "$tmp/compute"
	built mixed "$threads
		int epoll_wait(); int g(void) { return epoll_wait(0, 0, 0, 0); }"
	verdict 4 mixed "$tmp/mixed"
	built plugins 'int dlopen(); int main(void) { return dlopen(0, 0); }'
	verdict 4 plugins "$tmp/plugins"
	built gone "$threads
		__attribute__((section(\".note.go.buildid\"))) int id = 1;"
	verdict 1 go "$tmp/gone"
	built asan "$threads
		void __asan_init(void) { }" -rdynamic
	verdict 1 sanitizer "$tmp/asan"
	mkdir "$tmp/lib"
	built lib/libuser.so "${threads/main/user}" -shared -fPIC
	built lib/libjvm.so 'int jvm;' -shared -fPIC
	built useslib 'int user(); int main(int n, char **v)
		{ return user(n, v); }' -L"$tmp/lib" -luser \
		'-Wl,-rpath,$ORIGIN/lib'
	verdict 0 blocking-threads "$tmp/useslib" 'pthread_create \(libuser.so\)'
	built java 'extern int jvm; int main(void) { return jvm; }' \
		-L"$tmp/lib" -ljvm
	verdict 1 jvm "$tmp/java"
	# without section headers the dynamic segment tells the same
	cp "$tmp/threads" "$tmp/nosections"
	printf '\0\0\0\0\0\0\0\0' | dd of="$tmp/nosections" bs=1 seek=40 \
		conv=notrunc status=none
	printf '\0\0\0\0' | dd of="$tmp/nosections" bs=1 seek=60 \
		conv=notrunc status=none
	verdict 0 blocking-threads "$tmp/nosections" 'pthread_create'
	if built static "$threads" -static; then
		verdict 1 static "$tmp/static"
	else
		skip "a static program" "there is no static libc"
	fi
else
	skip "programs of many kinds" "there is no C compiler"
fi
check "damaged files" "$build/tests/tools/fuzz_elf" "$server" "$lib"

# ---- inspect: processes ----

# until_says STATUS PATTERN: the process gets there in time.
until_says() {
	local rc i

	for ((i = 0; i < 500; i++)); do
		"$shim" inspect "$pid" >"$tmp/said" 2>&1
		rc=$?
		if [ $rc = "$1" ] && grep -Eq "$2" "$tmp/said"; then
			ok "a process: $2"
			return
		fi
		sleep 0.02
	done
	no "a process: $2" "status $rc, not $1"
	tail -n 20 "$tmp/said" | sed 's/^/     /'
}

# serve COMMAND...: launch it on a port of its own choice; sets port.
serve() {
	launch "$@" -p 0
	port=
	while [ -z "$port" ]; do
		kill -0 "$pid" || return
		sleep 0.02
		port=$(grep -Eo '[0-9]+$' "$tmp/launched.out" | head -n 1)
	done
}

sleep 100 &
sleeper=$!
launched[$sleeper]=1
pid=$sleeper
until_says 3 'makes no threads'
halt $sleeper
serve "$server"
until_says 4 'has one at the moment'
exec 5<>"/dev/tcp/127.0.0.1/$port" 6<>"/dev/tcp/127.0.0.1/$port"
until_says 0 'they wait in .*(read|recv)'
check "and are to be restarted" grep -q 'restart it under' "$tmp/said"
halt "$pid"
exec 5<&- 6<&-
serve "$build/tests/bench/loop_epoll"
until_says 3 'epoll_wait'
halt "$pid"
serve "$shim" -m 0 "$server"
exec 5<>"/dev/tcp/127.0.0.1/$port"
until_says 0 'under the shim'
check "which library" grep -Eq "library +$library" "$tmp/said"
halt "$pid"
exec 5<&-
if [ -d /proc/2 ] && ! readlink /proc/2/exe >/dev/null; then
	expect 2 'kernel thread|another user' "$shim" inspect 2
fi
frame_done
