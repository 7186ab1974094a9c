# shellcheck shell=bash
#
# real.sh - what check and more have in common (sourced, after arms.sh)
#
# The caller's part: all_names, packages_of NAME, hush PACKAGE (what is to be
# done after an installation), run_NAME for each name; then real_main.

# shellcheck disable=SC2034,SC2154 # of arms.sh and the callers

# ---- Packages ----

# lacking PACKAGE...: prints those that are not installed.
lacking() {
	local package

	for package; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" \
			2>/dev/null)" = installed ] || echo "$package"
	done
}

apt() {
	DEBIAN_FRONTEND=noninteractive timeout 300 apt-get -q -y \
		--no-install-recommends -o DPkg::Lock::Timeout=60 \
		-o Acquire::Retries=2 -o Acquire::http::Timeout=20 "$@" \
		>>"$tmp/apt.log" 2>&1 </dev/null
}

# All packages of the tests that are wanted.
wanted_packages() {
	local name

	for name in $all_names; do
		! arms_wanted "$name" || packages_of "$name"
	done | xargs -n 1 | sort -u
}

# One by one, so that one that cannot be had costs no other test. The lists of
# a fresh machine may be empty or old.
install_missing() {
	local package updated=no

	[ "$(id -u)" -eq 0 ] || return
	# shellcheck disable=SC2046 # names without blanks
	for package in $(lacking $(wanted_packages)); do
		if ! apt install "$package" && [ $updated = no ]; then
			updated=yes
			apt update && apt install "$package"
		fi
		hush "$package"
	done
}

# ---- Load ----

# What is fetched, as I SIZE: mostly small files, some larger than a socket
# buffer, and one for a slow reader.
make_list() {
	local i

	for ((i = 0; i < 120; i++)); do
		case $((i % 12)) in
		0 | 1 | 2 | 3) echo "$i 1" ;;
		4 | 5 | 6 | 7) echo "$i 1000" ;;
		8 | 9 | 10) echo "$i 65537" ;;
		11) echo "$i 3000000" ;;
		esac
	done
	echo "slow 12000000"
}

# The files, $tmp/www/SIZE, and what their copies in $tmp/got, called I.SIZE,
# must hash to.
make_files() {
	local i size

	mkdir "$tmp/www" "$tmp/got" "$tmp/tftp"
	for size in 1 1000 65537 3000000 12000000; do
		head -c $size /dev/urandom >"$tmp/www/$size"
	done
	(cd "$tmp/www" && sha256sum -- *) >"$tmp/www.sums"
	make_list >"$tmp/list"
	while read -r i size; do
		sed -n "s,  $size\$,  $i.$size,p" "$tmp/www.sums"
	done <"$tmp/list" >"$tmp/sums"
}

# fetch PARALLEL PORT CURL-OPTIONS...: the whole list from 127.0.0.1:PORT, so
# many at a time, and meanwhile a large one by a reader so slow that its writer
# has to wait. Nonzero, and the reasons in $tmp/why, if any came out wrong.
fetch() {
	local parallel=$1 url=http://127.0.0.1:$2 slow result=0

	shift 2
	rm -f "$tmp/got"/*
	curl "$@" -sS --fail -m 25 --limit-rate 8M -o "$tmp/got/slow.12000000" \
		"$url/12000000" 2>>"$tmp/why" &
	slow=$!
	awk -v url="$url" -v got="$tmp/got" '$1 != "slow" {
		printf "url=%s/%s\noutput=%s/%s.%s\n", url, $2, got, $1, $2
	}' "$tmp/list" >"$tmp/curl.conf"
	curl "$@" -sS --no-progress-meter --fail -m 25 --parallel \
		--parallel-immediate --parallel-max "$parallel" -K \
		"$tmp/curl.conf" >/dev/null 2>>"$tmp/why" || result=1
	wait "$slow" || result=1
	(cd "$tmp/got" && sha256sum --quiet --strict -c "$tmp/sums") \
		>>"$tmp/why" 2>&1 || result=1
	return "$result"
}

# up tcp|udp PORT: wait until a server has that port. We look without touching:
# some serve one connection more otherwise, and UDP would not tell.
up() {
	local i state=07 hex

	[ "$1" != tcp ] || state=0A
	hex=$(printf ':%04X 00000000:0000 %s ' "$2" "$state")
	why="nobody listens on its port"
	for ((i = 0; i < 400; i++)); do
		! grep -qi "$hex" "/proc/net/$1" || return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.025
	done
	return 1
}

# ---- The tests ----

declare -A native_end=()	# exit statuses

# test_program NAME: on $arm. How it ends on SIGTERM must be as natively, too.
# run_NAME may set says to what tells whether the shim says what it should.
test_program() {
	local why='' pid='' lacks good=no says=said

	# shellcheck disable=SC2046 # names without blanks
	lacks=$(lacking $(packages_of "$1") | xargs)
	if [ -n "$lacks" ]; then
		lacks+=" $(grep -h '^E: ' "$tmp/apt.log" 2>/dev/null | tail -n 1)"
		[ "$arm" = native ] || verdict "$1" "$arm" "not installed: $lacks"
		return
	fi
	rm -f "$tmp/why"
	! "run_$1" || good=yes
	halt "$pid"
	[ "$arm" != native ] || native_end[$1]=$status
	if [ "$good" = no ]; then
		[ "$status" = "${native_end[$1]}" ] ||
			why+="; and it ended with status $status"
	elif [ "$status" = late ]; then
		why="no end on SIGTERM"
	elif [ "$status" != "${native_end[$1]}" ]; then
		why="status $status at its end, natively ${native_end[$1]}"
	elif ! "$says" "$arm" "$tmp/server.err"; then
		why="not what the shim says on this arm"
	else
		why=
	fi
	[ -z "$why" ] || {
		grep '^ring-shim:' "$tmp/server.err"
		grep -v '^ring-shim:' "$tmp/server.err" | tail -n 4
	} | sed 's/^/stderr: /' >>"$tmp/why"
	verdict "$1" "$arm" "$why"
}

real_main() {
	arms_start
	install_missing
	make_files
	launch native files "$python" "$here/fileserver.py" "$tmp/www"
	for ((i = 0; i < 400; i++)); do
		[ ! -s "$tmp/files.out" ] || break
		sleep 0.025
	done
	files=$(cat "$tmp/files.out")
	for name in $all_names; do
		arms_wanted "$name" || continue
		for arm in "${arms[@]}"; do
			test_program "$name"
		done
	done
	arms_done
}
