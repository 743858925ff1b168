#!/bin/sh
# SPDX-License-Identifier: MIT
# What the Makefile runs: stubs stand for cmake, ctest and tvp, and write down how they were called.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

tree="$scratch/a tree"
mkdir "$tree"
cp "$top/Makefile" "$tree/"
: >"$tree/CMakePresets.json"
export STUBS="$scratch"
stub "$bin/cmake" <<'END'
echo "cmake $*" >>"$STUBS/called"
case ${MAKEFLAGS:-} in *=*) echo "seen by the build: $MAKEFLAGS" >>"$STUBS/called" ;; esac
[ "$1" = --build ] && exit
[ ! -e "$STUBS/break" ] || exit 1
mkdir -p "build/$2/bin" && : >"build/$2/CMakeCache.txt" && cp "$STUBS/tvp" "build/$2/bin/tvp"
END
stub "$bin/ctest" <<'END'
echo "ctest $*" >>"$STUBS/called"
echo '100% tests passed, 0 tests failed out of 1'
END
stub "$scratch/tvp" <<'END'
{ printf 'tvp'; printf ' <%s>' "$@"; echo; } >>"$STUBS/called"
END
echo 'echo 3' | stub "$bin/nproc"
echo 'shift 2; exec "$@"' | stub "$bin/setarch"

begin() {
	name=$1
	rm -f "$scratch/called"
}

# Without what a make around this test has been given, which it hands down in the environment.
in_tree() {
	run env -u PRESET -u MAKEFLAGS -u MAKEOVERRIDES -u MFLAGS PATH="$bin:$PATH" make -C "$tree" "$@"
}

begin 'help is the default'
in_tree
expect_status 0
expect_said 'bench '
expect_said 'EXPERIMENTS='
expect_file "$scratch/called" ''

begin 'a failed configuration is tried again'
: >"$scratch/break"
in_tree build
expect_status 2
rm "$scratch/break"
in_tree build
expect_status 0
expect_file "$scratch/called" 'cmake --preset release
cmake --preset release
cmake --build --preset release --parallel 3'

begin 'bench hands everything on, and configures only once'
in_tree bench BUDGET=30s EXPERIMENTS='create scaling' QUICK=1 ARGS='--seed 1' PRESET=dev
expect_status 0
expect_file "$scratch/called" 'cmake --build --preset release --parallel 3
tvp <run> <create> <scaling> <--budget> <30s> <--quick> <--seed> <1>
tvp <plot> <results/latest>'

begin 'bench with a folder'
in_tree bench OUT='my runs/1' QUICK=0
expect_file "$scratch/called" 'cmake --build --preset release --parallel 3
tvp <run> <--out> <my runs/1>
tvp <plot> <my runs/1>'

begin 'bench stops where tvp fails'
echo 'exit 130' | stub "$tree/build/release/bin/tvp"
in_tree bench
expect_status 2
cp "$scratch/tvp" "$tree/build/release/bin/tvp"

begin 'plots'
in_tree plots
in_tree plots RUN=results/x/1
expect_file "$scratch/called" 'cmake --build --preset release --parallel 3
tvp <plot> <results/latest>
cmake --build --preset release --parallel 3
tvp <plot> <results/x/1>'

begin 'compare wants a run, and takes the newest beside it'
in_tree compare
expect_status 2
expect_said 'A=folder'
in_tree compare A='results/a b' ARGS='--fail-on 5%'
in_tree compare A=one B=two
expect_status 0
expect_file "$scratch/called" 'cmake --build --preset release --parallel 3
cmake --build --preset release --parallel 3
tvp <compare> <results/a b> <results/latest> <--fail-on> <5%>
cmake --build --preset release --parallel 3
tvp <compare> <one> <two>'

begin 'test shows the closing line of CTest'
in_tree test
expect_status 0
expect_said '100% tests passed'
expect_file "$scratch/called" 'cmake --preset dev
cmake --build --preset dev --parallel 3
ctest --preset dev'

begin 'test with ThreadSanitizer, without address randomisation'
in_tree test PRESET=tsan
expect_said 'setarch'
expect_file "$scratch/called" 'cmake --preset tsan
cmake --build --preset tsan --parallel 3
ctest --preset tsan'

begin 'changed presets, or a lost cache, configure anew'
rm "$tree/build/dev/CMakeCache.txt"
touch -t 200001010000 "$tree/build/release/configured"
in_tree build
in_tree build PRESET=dev
expect_file "$scratch/called" 'cmake --preset release
cmake --build --preset release --parallel 3
cmake --preset dev
cmake --build --preset dev --parallel 3'

begin 'clean leaves the results alone'
mkdir -p "$tree/results/x"
in_tree clean
expect_status 0
[ ! -e "$tree/build" ] || fail 'build/ is still there'
[ -d "$tree/results/x" ] || fail 'the results are gone'

finish
