#!/bin/bash
# The architecture as a test. usage: exports.sh --build DIR
#  - what libring-shim.so exports is exactly what symbols.def lists, and the
#    one object that <ring-shim/stats.h> declares;
#  - libring.a, which knows nothing of interposition, imports none of it: a
#    stray close() there would come back into the shim.
# Prints one line a finding and, last, "N passed, N failed".
set -u
export LC_ALL=C

src=$(cd "$(dirname "$0")/.." && pwd)
build=.
while [ $# -gt 0 ]; do
	case $1 in
	--build) build=$2; shift 2 ;;
	--build=*) build=${1#*=}; shift ;;
	*) echo "exports.sh: unknown argument: $1" >&2; exit 2 ;;
	esac
done
def=$src/src/shim/symbols.def
module=$build/.libs/libring-shim.so
archive=$build/.libs/libring.a
[ -f "$archive" ] || archive=$build/libring.a

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

# One row a symbol: SYM(name), SYM(name, ...), or another macro in capitals
# whose first argument is the name; comments are no rows.
listed() {
	sed -e 's|//.*||' -e 's|/\*[^*]*\*/||g' -e '/^[[:space:]]*#/d' "$def" |
	sed -n 's/^[[:space:]]*[A-Z][A-Z0-9_]*([[:space:]]*\([A-Za-z_][A-Za-z0-9_]*\)[[:space:]]*[,)].*/\1/p'
}

# verdict NAME LEAD FILE: passes if FILE, the list of offenders, is empty.
verdict() {
	if [ -s "$3" ]; then
		failed=$((failed + 1))
		echo "FAIL $1"
		sed "s/^/     $2 /" "$3"
	else
		passed=$((passed + 1))
		echo "ok   $1"
	fi
}

for f in "$def" "$module" "$archive"; do
	if [ ! -f "$f" ]; then
		echo "FAIL $f is missing"
		echo "0 passed, 1 failed"
		exit 1
	fi
done

listed | sort >"$tmp/rows"
sort -u "$tmp/rows" >"$tmp/listed"
uniq -d "$tmp/rows" >"$tmp/twice"
nm -D --defined-only "$module" | awk '{ print $NF }' | sed 's/@.*//' |
	grep -vxE '_init|_fini|_edata|_end|__bss_start' | sort -u >"$tmp/exported"
nm -A "$archive" 2>/dev/null | awk '$(NF-1) == "U" || $(NF-1) == "w" {
	print $NF }' | sort -u >"$tmp/wanted"

if [ ! -s "$tmp/listed" ]; then
	echo "FAIL no SYM(name, ...) row was found in $def"
	echo "0 passed, 1 failed"
	exit 1
fi

nm -D --defined-only "$module" | awk '$2 ~ /[BDRV]/ { print $NF }' |
	sort -u >"$tmp/objects"
sed -n 's/^#define RING_SHIM_STATS_SYMBOL "\(.*\)"$/\1/p' \
	"$src/src/ring-shim/stats.h" >"$tmp/object"
comm -3 "$tmp/object" "$tmp/objects" >"$tmp/odd"
comm -23 "$tmp/exported" "$tmp/object" >"$tmp/functions"
mv "$tmp/functions" "$tmp/exported"

comm -23 "$tmp/listed" "$tmp/exported" >"$tmp/missing"
comm -13 "$tmp/listed" "$tmp/exported" >"$tmp/extra"
comm -12 "$tmp/listed" "$tmp/wanted" >"$tmp/stray"
readelf -rW "$module" | awk '$5 { sub(/@.*/, "", $5); print $5 }' | sort -u |
	comm -12 "$tmp/listed" - >"$tmp/by_name"

echo "     $(wc -l <"$tmp/listed") symbols in symbols.def"
verdict "no symbol has two rows" "twice:" "$tmp/twice"
verdict "every row is exported" "not exported:" "$tmp/missing"
verdict "nothing else is exported" "exported without a row:" "$tmp/extra"
verdict "the one exported object is the counters" "one side alone:" "$tmp/odd"
verdict "libring calls no interposed function" "imported by libring:" \
	"$tmp/stray"
verdict "no interposer is called by its name" "anybody's:" "$tmp/by_name"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
