#!/bin/bash
# make install puts everything in place, and it works there; make uninstall
# leaves nothing. Manual pages are clean, completions complete.
. "$(dirname "$0")/frame.sh"
frame_start "$@"

unset MAKEFLAGS MFLAGS MAKELEVEL LD_PRELOAD RING_SHIM_ENGINE
unset RING_SHIM_CARRIERS RING_SHIM_MIN_THREADS RING_SHIM_VERBOSE
root=$tmp/root

# same NAME WANTED GOT
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		no "$1" "'$3', not '$2'"
	fi
}

make_quietly() {
	make -s -C "$build" "$@" DESTDIR="$root"
}

check "make install" make_quietly install
# where NAME: the one file of that name that was installed
where() {
	find "$root" -name "$1" ! -type d ! -path '*/completions/*'
}
library=$(where libring-shim.so)
launcher=$(where ring-shim)
bin=$(dirname "$launcher")
same "the library, once" 1 "$(wc -w <<<"$library")"
same "nothing of libtool" "" "$(where '*.la')"
for tool in ring-shim ring-load; do
	check "$tool" test -x "$bin/$tool"
done
for tool in "$bin"/*; do
	check "$(basename "$tool") --version" "$tool" --version
	check "$(basename "$tool") --help" "$tool" --help
done
for page in "$src"/man/*.[1-8]; do
	check "$(basename "$page")" test -s "$(where "$(basename "$page")")"
done

# ---- it works there ----

same "the launcher finds the installed library" "$(realpath "$library")" \
	"$("$launcher" printenv LD_PRELOAD)"
"$launcher" doctor >"$tmp/doctor" 2>&1
if grep -q 'ok    trial' "$tmp/doctor"; then
	ok "threads run under it"
elif grep -q 'does nothing here' "$tmp/doctor"; then
	skip "threads run under it" "not on this machine"
else
	no "threads run under it" "doctor finds:"
	sed 's/^/     /' "$tmp/doctor"
fi
mkdir "$tmp/moved"
mv "$root" "$tmp/moved/here"
same "and when all was moved" "$(realpath "$tmp/moved/here${library#"$root"}")" \
	"$("$tmp/moved/here${launcher#"$root"}" printenv LD_PRELOAD)"
mv "$tmp/moved/here" "$root"

# ---- manual pages ----

lint() {
	mandoc -T lint -W warning "$1"
}

warnings() {
	local said

	said=$(groff -ww -mandoc -Tutf8 -z "$1" 2>&1)
	echo "$said"
	[ -z "$said" ]
}

pages=$(where '*.[1-8]')
for page in $pages; do
	name=$(basename "$page")
	if command -v mandoc >/dev/null; then
		check "mandoc on $name" lint "$page"
	elif command -v groff >/dev/null &&
		groff -mandoc -Tutf8 -z "$page" 2>/dev/null; then
		check "groff on $name" warnings "$page"
	else
		skip "lint of $name" "neither mandoc nor groff"
	fi
done

# ---- completions ----

completions=$(find "$root" -type d -name completions)
PATH=$bin:$PATH

# completed WORD...: what the last word is completed to, in a line.
completed() {
	(
		compopt() { :; }
		# as the library bash-completion does: by the command's name
		. "$completions/$1"
		function=$(complete -p "$1" | sed 's/.*-F \([^ ]*\).*/\1/')
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		COMPREPLY=()
		"$function" "$1" "${*: -1}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf '%s\n' "${COMPREPLY[@]}" | sort -u | paste -sd ' '
	)
}

for tool in ring-shim ring-count ring-load ring-ab; do
	check "a completion for $tool" test -r "$completions/$tool"
done
same "options" "--carriers" "$(completed ring-shim --ca)"
same "subcommands" "doctor" "$(completed ring-shim doct)"
same "their options" "--help --json" "$(completed ring-shim doctor --)"
same "engines" "epoll" "$(completed ring-shim --engine e)"
same "engines after =" "uring" "$(completed ring-shim --engine = u)"
same "all engines" "auto epoll off uring" "$(completed ring-shim -e '')"
same "commands" "printenv" "$(completed ring-shim -c 2 -- printen)"
same "commands after run" "printenv" "$(completed ring-shim run printen)"
: >"$tmp/argument.txt"
same "a command's files" "$tmp/argument.txt" \
	"$(completed ring-shim printenv "$tmp/argu")"
same "options of ring-load" "--rate" "$(completed ring-load --ra)"
same "backends" "auto bpf bpf-raw proc" "$(completed ring-count --backend '')"
same "backends after =" "bpf bpf-raw" "$(completed ring-count --backend = b)"
same "files" "$tmp/argument.txt" "$(completed ring-count -o "$tmp/argu")"
mkdir "$tmp/cgroup"
same "a cgroup" "$tmp/cgroup" "$(completed ring-count -c "$tmp/cg")"
same "a pid" "$$" "$(completed ring-count -p $$ | grep -ow $$)"
same "nothing for a number" "" "$(completed ring-count -T '')"
same "commands without --" "printenv" \
	"$(completed ring-count --backend = proc -i 1 printen)"
same "and their arguments" "$tmp/argument.txt" \
	"$(completed ring-count --backend = proc printenv "$tmp/argu")"
same "counters of ring-ab" "rusage" "$(completed ring-ab --count = ru)"
same "a command after an option that takes no value" "printenv" \
	"$(completed ring-ab --count printen)"
same "its protocols" "udp" "$(completed ring-load --proto u)"
same "commands behind --" "printenv" "$(completed ring-count -- printen)"
same "a process's number" $$ "$(completed ring-shim inspect $$ | grep -ow $$)"

check "make uninstall" make_quietly uninstall
same "nothing is left" "" "$(find "$root" ! -type d)"
frame_done
