#!/bin/sh
# SPDX-License-Identifier: MIT
# Each check of tests/checks passes a small good tree and names the file and line of what is wrong in a bad one.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

tree="$scratch/a tree"
checks="$top/tests/checks"

# Starts with a good tree.
begin() {
	name=$1
	rm -rf "$tree"
	mkdir -p "$tree/src/core" "$tree/src/machine" "$tree/src/executor" "$tree/src/plan" "$tree/bench/workload"
	cp "$top/.clang-format" "$tree/"
	printf '#include <sys/mman.h>\n#include "core/clock.h"\n#include "revision.h"\n' >"$tree/src/core/clock.c"
	printf '#include "core/clock.h"\n#include "machine/machine.h"\n' >"$tree/src/plan/plan.h"
	printf '#include "plan/plan.h"\n' >"$tree/src/main.c"
	cat >"$tree/bench/workload/file-read.c" <<'END'
/* A comment with a word in the first column:
int x; */
#include "core/workload.h"

#define BLOCK \
4096

enum { BLOCKS = 4 };

struct state {
	int fd;
};

static const char path[] = "file";

static int file_read_run(struct worker *worker)
{
	goto out;
out:
	return 0;
}

const struct workload workload_file_read = {
	.name = "file-read",
	.run = file_read_run,
};
END
	sed 's/file-read/fork/; s/file_read/fork/; s/workload/executor/g' "$tree/bench/workload/file-read.c" \
		>"$tree/src/executor/fork.c"
}

# Runs check $1 on the tree; it fails and names $2.
expect_violation() {
	run "$checks/$1" "$tree"
	expect_status 1
	expect_said "$2"
}

expect_fine() {
	run "$checks/$1" "$tree"
	expect_status 0
	[ -z "$said" ] || fail 'no output was expected'
}

begin 'layers: good'
expect_fine layers
begin 'layers: a higher layer'
printf '\n#  include "plan/plan.h"\n' >>"$tree/src/core/clock.c"
expect_violation layers 'src/core/clock.c:5: core must not include "plan/plan.h"'
begin 'layers: the same layer'
echo '#include "executor/list.h"' >"$tree/src/machine/machine.h"
expect_violation layers 'src/machine/machine.h:1: machine must not include "executor/list.h": executor is of the same'
begin 'layers: bench'
echo '#include "plan/plan.h"' >"$tree/bench/workload/spin.c"
expect_violation layers 'bench/workload/spin.c:1: workload must not include "plan/plan.h"'
begin 'layers: a way round'
echo '#include "../plan/plan.h"' >"$tree/src/core/x.h"
expect_violation layers 'src/core/x.h:1: '
begin 'layers: angle brackets'
echo '#include <plan/plan.h>' >"$tree/src/core/x.h"
expect_violation layers 'src/core/x.h:1: '
begin 'layers: an unknown folder'
mkdir "$tree/src/misc"
: >"$tree/src/misc/a.c"
echo '#include "misc/a.h"' >"$tree/src/plan/a.c"
expect_violation layers 'src/misc/a.c:0: '
expect_said 'src/plan/a.c:1: '
begin 'layers: nothing to check'
rm -rf "$tree/src" "$tree/bench"
mkdir "$tree/src"
expect_violation layers 'no sources'

plugin=bench/workload/file-read.c
# Edits the good plug-in with sed; the check then names its line $2.
plugin_with() {
	sed -i "$1" "$tree/$plugin"
	expect_violation plugins "$plugin:$2: "
}

begin 'plugins: good'
expect_fine plugins
begin 'plugins: a function that is not static'
plugin_with 's/^static int/int/' 16
begin 'plugins: a variable that is not static'
plugin_with 's/^static const char/const char/' 14
begin 'plugins: another name than the file'
plugin_with 's/"file-read"/"file"/' 24
begin 'plugins: another symbol than the file'
plugin_with 's/workload_file_read/workload_file/' 23
begin 'plugins: of another kind'
plugin_with 's/struct workload workload/struct experiment experiment/' 23
begin 'plugins: a static descriptor'
plugin_with 's/^const struct/static const struct/' 26
begin 'plugins: not at the end'
echo 'static int more;' >>"$tree/$plugin"
expect_violation plugins "$plugin:27: "
begin 'plugins: an executor'
mv "$tree/src/executor/fork.c" "$tree/src/executor/spoon.c"
expect_violation plugins 'src/executor/spoon.c:23: '

if run "$checks/format" "$top" && [ "$status" -ne 77 ]; then
	begin 'format'
	rm "$tree/bench/workload/file-read.c" "$tree/src/executor/fork.c" "$tree/src/core/clock.c"
	expect_fine format
	printf 'int  x;\n' >"$tree/src/core/x.h"
	expect_violation format 'src/core/x.h:1:'
fi

if command -v shellcheck >/dev/null; then
	begin 'shell'
	printf '#!/bin/sh\necho fine\n' >"$tree/script"
	expect_fine shell
	# shellcheck disable=SC2016 # not for this shell
	printf '#!/usr/bin/env bash\ncd $1\n' >"$tree/script"
	expect_violation shell 'script line 2'
fi

if run "$checks/python" "$top" && [ "$status" -ne 77 ]; then
	begin 'python'
	printf 'print(1)\n' >"$tree/a.py"
	expect_fine python
	printf '#!/usr/bin/python3\nprint(x)\n' >"$tree/script"
	expect_violation python 'script:2:'
fi

# A skip says why, so that `all` and CTest can show it.
link_commands sh dirname sed tr cat
for check in format shell python tidy; do
	name="$check: its tool is missing"
	run env PATH="$bin" TVP_PYTHON="$scratch/none" "$checks/$check"
	expect_status 77
	expect_said 'not installed'
done

finish
