#!/bin/sh
# SPDX-License-Identifier: MIT
# Which Python scripts/python-with chooses, among stubs and the real one.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

link_commands sh sed tr cat
good=$scratch/good/python3
poor=$scratch/poor/python3
broken=$scratch/broken/python3
hanging=$scratch/hanging/python3
printf 'echo "has all but:"\n' | stub "$good"
printf 'echo "has all but: matplotlib"\n' | stub "$poor"
printf 'echo "no such version" >&2; exit 127\n' | stub "$broken"
printf 'exec sleep 600\n' | stub "$hanging"

with() {
	search=$1
	shift
	run env PATH="$search" "$top/scripts/python-with" "$@"
}

name='the second one in PATH has the modules'
with "$scratch/poor:$scratch/broken:$scratch/good:$bin" numpy matplotlib
expect_status 0
[ "$said" = "$good" ] || fail "$good was expected"

name='the first one in PATH has the modules'
with "$scratch/good:$scratch/poor:$bin" numpy
expect_status 0
[ "$said" = "$good" ] || fail "$good was expected"

name='a shim that hangs is given up'
cut_short() {
	echo "[ \"\$1\" = 20 ] && shift && exec $(command -v timeout) 1 \"\$@\"" | stub "$bin/timeout"
}
if command -v timeout >/dev/null; then
	link_commands sleep
	cut_short
	with "$scratch/hanging:$scratch/good:$bin" numpy
	expect_status 0
	[ "$said" = "$good" ] || fail "$good was expected"
	rm "$bin/timeout"
fi

name='TVP_PYTHON is taken'
export TVP_PYTHON="$good"
with "$scratch/poor:$bin" numpy
expect_status 0
[ "$said" = "$good" ] || fail "$good was expected"

name='TVP_PYTHON lacks a module'
TVP_PYTHON=$poor
with "$scratch/good:$bin" numpy matplotlib
expect_status 1
expect_said "TVP_PYTHON"
expect_said "$poor lacks matplotlib"

name='TVP_PYTHON is nothing'
TVP_PYTHON=$scratch/nothing
with "$scratch/good:$bin" numpy
expect_status 1
expect_said "$TVP_PYTHON does not run"
unset TVP_PYTHON

name='no Python has the module'
with "$scratch/broken:$scratch/poor:$bin" scipy no_such_module.at_all
expect_status 1
expect_said 'no python3 has: scipy no_such_module.at_all'
expect_said "$broken does not run; $poor lacks matplotlib"
expect_said './scripts/setup test'
[ "$(printf '%s\n' "$said" | wc -l)" -eq 1 ] || fail 'one line was expected'

name='usage'
with "$bin"
expect_status 2

# The real thing, with modules that every Python has, one that none has, and one that only the working folder has.
real=$(command -v python3) && {
	name='a real Python'
	export TVP_PYTHON="$real"
	with "$PATH" os.path json
	expect_status 0
	mkdir "$scratch/here"
	: >"$scratch/here/only_here.py"
	cd "$scratch/here" || exit 1
	with "$PATH" json only_here json.nothing nothing.at_all
	expect_status 1
	expect_said "lacks only_here json.nothing nothing.at_all"
}

finish
