# SPDX-License-Identifier: MIT
## make TARGET [VARIABLE=value …], a thin layer over the CMake presets. What is missing: scripts/setup TARGET.
##
##   bench   build, measure, and draw the pictures into plots/
##             EXPERIMENTS="create scaling"  only these       BUDGET=30s  how long    QUICK=1  a first look
##             OUT=folder  where the results go               ARGS="…"    further options of `tvp run`
##   plots   draw the newest run again, or RUN=folder
##   compare what got faster or slower since the run A=folder, in the newest run or B=folder
##             ARGS="--fail-on 5%"  further options of `tvp compare`
##   test    build and run the tests; PRESET=dev (asan, tsan)
##   check   format, lint and layering of the sources
##   build   only build; PRESET=release (dev, asan, tsan)
##   clean   remove build/, never results
help:
	@sed -n 's/^## \{0,1\}//p' Makefile

JOBS := $(shell nproc 2>/dev/null || echo 1)
# Variables are for this file; the build's own make must not see them.
MAKEOVERRIDES :=
MAKEFLAGS += --no-print-directory

tvp := build/release/bin/tvp
run_options := $(if $(BUDGET),--budget '$(BUDGET)') $(if $(filter 1,$(QUICK)),--quick) $(if $(OUT),--out '$(OUT)')
# tvp points results/latest at the newest complete run.
newest := results/latest

build_preset := $(or $(PRESET),release)
test_preset := $(or $(PRESET),dev)
# gcc 12's ThreadSanitizer cannot live with the many bits of address randomisation that some kernels use.
test_wrapper := $(if $(filter tsan,$(test_preset)),$(shell setarch "$$(uname -m)" -R true 2>/dev/null \
	&& echo setarch "$$(uname -m)" -R))

build: compile-$(build_preset)

bench: compile-release
	$(tvp) run $(EXPERIMENTS) $(run_options) $(ARGS)
	$(tvp) plot '$(or $(OUT),$(newest))'

plots: compile-release
	$(tvp) plot '$(or $(RUN),$(newest))'

compare: compile-release
	$(tvp) compare '$(or $(A),$(error which run? A=folder))' '$(or $(B),$(newest))' $(ARGS)

test: compile-$(test_preset)
	$(test_wrapper) ctest --preset $(test_preset)

# clang-tidy wants the generated headers and the compile commands.
check: compile-dev
	tests/checks/all

clean:
	rm -rf build

compile-%: build/%/configured
	cmake --build --preset $* --parallel $(JOBS)

# The stamp says that configuring succeeded, which a cache alone does not. CMake itself sees to changed CMakeLists.txt.
.SECONDEXPANSION:
build/%/configured: CMakePresets.json $$(if $$(wildcard build/$$*/CMakeCache.txt),,always)
	cmake --preset $* $(if $(filter true,$(CI)),-DTVP_WERROR=ON)
	@touch $@

.PHONY: help build bench plots compare test check clean always
.PRECIOUS: build/%/configured
