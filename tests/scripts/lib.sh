# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What the tests of the scripts share: a scratch folder, stubs of commands, and checks that count failures.

# shellcheck disable=SC2034 # for the tests that read this file
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bin=$scratch/bin
mkdir "$bin"
failures=0
# These tests may run below make and in CI; neither shall show in what they start.
unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES MFLAGS CI TVP_PYTHON

# Makes real commands available in the private PATH.
link_commands() {
	for name; do
		ln -s "$(command -v "$name")" "$bin/$name"
	done
}

# Writes the script $1, whose lines stand on stdin.
stub() {
	mkdir -p "$(dirname "$1")"
	{
		echo '#!/bin/sh'
		cat
	} >"$1"
	chmod +x "$1"
}

# Runs a command, keeping its output in $said and its exit status in $status.
run() {
	said=$("$@" 2>&1 </dev/null)
	status=$?
}

fail() {
	failures=$((failures + 1))
	printf 'FAILED %s: %s\n  exit status %s, output:\n' "$name" "$1" "$status"
	printf '%s\n' "$said" | sed 's/^/    /'
}

expect_status() {
	[ "$status" -eq "$1" ] || fail "exit status $1 was expected"
}

expect_said() {
	case $said in *"$1"*) ;; *) fail "\"$1\" was expected in the output" ;; esac
}

expect_not_said() {
	case $said in *"$1"*) fail "\"$1\" was not expected in the output" ;; esac
}

# The file $1, taken for empty if there is none, holds exactly $2.
expect_file() {
	[ "$(cat "$1" 2>/dev/null)" = "$2" ] || {
		fail "$(basename "$1") is not what was expected; expected, then found:"
		printf '%s\n--\n%s\n' "$2" "$(cat "$1" 2>/dev/null)" | sed 's/^/    /'
	}
}

finish() {
	[ "$failures" -eq 0 ] && echo 'all passed' && exit 0
	echo "$failures failed"
	exit 1
}
