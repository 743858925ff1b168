#!/bin/sh
# SPDX-License-Identifier: MIT
# How scripts/setup behaves, with stubs for the package managers and for make: nothing is installed.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

tree="$scratch/a tree"
mkdir -p "$tree/scripts"
cp "$top/scripts/setup" "$top/scripts/python-with" "$tree/scripts/"
link_commands sh sed tr cat grep dirname env
export STUBS="$scratch" STUB_UID=0 STUB_ARCH=x86_64 STUB_CMAKE=3.25.1 STUB_FAILS=''

echo "echo \$STUB_UID" | stub "$bin/id"
echo "echo \$STUB_ARCH" | stub "$bin/uname"
echo "echo cmake version \$STUB_CMAKE" | stub "$bin/cmake"
echo 'echo "has all but:"' | stub "$bin/python3"
stub "$bin/make" <<'END'
{ echo "in $PWD"; printf '<%s>\n' "$@"; } >"$STUBS/made"
exit 7
END
# One database for all of them: the last argument is a package, installed if it is a line of the file.
for query in dpkg-query rpm pacman apk; do
	stub "$bin/$query" <<'END'
for package; do :; done
case $(basename "$0"):$1 in
pacman:-S | apk:add)
	echo "$(basename "$0") $*" >>"$STUBS/commands"
	exit 0
	;;
dpkg-query:*) grep -qxF -- "$package" "$STUBS/installed" && echo installed || echo not-installed ;;
*) grep -qxF -- "$package" "$STUBS/installed" ;;
esac
END
done
for manager in apt-get dnf zypper; do
	stub "$bin/$manager" <<'END'
echo "$(basename "$0") $*" >>"$STUBS/commands"
case "$*" in *${STUB_FAILS:-nothing}*) exit 1 ;; esac
END
done
link_commands basename

# Starts a case on a distribution (ID and perhaps ID_LIKE) with nothing installed.
begin() {
	name=$1
	printf 'NAME="Some Linux"\nID=%s\nID_LIKE="%s"\n' "$2" "${3:-}" >"$scratch/os-release"
	rm -f "$scratch/commands" "$scratch/made" "$bin/sudo"
	: >"$scratch/installed"
	STUB_UID=0 STUB_ARCH=x86_64 STUB_CMAKE=3.25.1 STUB_FAILS=''
	unset CI
}

install_all_but() {
	for package in gcc g++ make cmake pkg-config libhwloc-dev libcpuid-dev libbenchmark-dev libjansson-dev \
		libsmartcols-dev libssl-dev libzstd-dev libpng-dev libcurl4-openssl-dev libmicrohttpd-dev \
		liburing-dev libtbb-dev libglib2.0-dev libuv1-dev stress-ng python3-numpy python3-matplotlib libcmocka-dev \
		python3-scipy; do
		case " $* " in *" $package "*) ;; *) echo "$package" ;; esac
	done >"$scratch/installed"
}

setup() {
	run env PATH="$bin" TVP_SETUP_OS_RELEASE="$scratch/os-release" "$tree/scripts/setup" "$@"
}

apt_install='apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends'
made_bench="in $tree
<bench>
<BUDGET=30s>
<EXPERIMENTS=create scaling>"

begin 'nothing missing' debian
install_all_but libcmocka-dev python3-scipy
setup bench BUDGET=30s EXPERIMENTS='create scaling'
expect_status 7
expect_file "$scratch/made" "$made_bench"
expect_file "$scratch/commands" ''
[ -z "$said" ] || fail 'no output was expected'

begin 'from another folder, as everything below' debian
install_all_but
cd / || exit 1
setup test
expect_status 7
expect_file "$scratch/made" "in $tree
<test>"

begin 'installs exactly what is missing in CI' ubuntu debian
install_all_but cmake libjansson-dev libcmocka-dev
CI=true
export CI
setup bench BUDGET=30s EXPERIMENTS='create scaling'
expect_status 7
expect_file "$scratch/commands" "apt-get -q update
$apt_install cmake libjansson-dev"
expect_file "$scratch/made" "$made_bench"
expect_said 'CMake 3.22 or newer: cmake'

begin 'the tests need more than the benchmark' debian
install_all_but libcmocka-dev python3-scipy
setup --yes test
expect_status 7
expect_file "$scratch/commands" "apt-get -q update
$apt_install python3-scipy libcmocka-dev primesieve openssl zstd"

begin 'nobody to ask' debian
install_all_but make
setup bench
expect_status 1
expect_said "env DEBIAN_FRONTEND=noninteractive $apt_install make"
expect_said 'Nothing was installed'
expect_file "$scratch/commands" ''
expect_file "$scratch/made" ''

begin 'neither root nor sudo' debian
install_all_but make
STUB_UID=1000
setup bench --yes
expect_status 1
expect_said "$apt_install make"
expect_said 'run this as root'
expect_file "$scratch/commands" ''
expect_file "$scratch/made" ''

begin 'sudo' debian
install_all_but make
STUB_UID=1000
stub "$bin/sudo" <<'END'
echo "sudo $*" >>"$STUBS/commands"
END
setup bench --yes
expect_status 7
expect_file "$scratch/commands" "sudo apt-get -q update
sudo env DEBIAN_FRONTEND=noninteractive $apt_install make"

begin 'the package manager fails' debian
install_all_but make
STUB_FAILS=install
setup bench --yes
expect_status 1
expect_said 'package manager failed'
expect_file "$scratch/made" ''

begin 'out-of-date package lists will do' debian
install_all_but make
STUB_FAILS=update
setup bench --yes
expect_status 7

begin 'an optional package that there is not' debian
install_all_but make libcpuid-dev
STUB_FAILS=libcpuid-dev
setup bench --yes
expect_status 7
expect_file "$scratch/commands" "apt-get -q update
$apt_install make libcpuid-dev
$apt_install make"

begin 'only an optional package missing and nobody to ask' debian
install_all_but libcpuid-dev
setup bench
expect_status 7
expect_said 'optional'
expect_file "$scratch/commands" ''

begin 'some of several optional packages missing' debian
install_all_but make libtbb-dev libuv1-dev
setup bench --yes
expect_status 7
expect_file "$scratch/commands" "apt-get -q update
$apt_install make libtbb-dev libuv1-dev"
expect_said 'oneTBB, to compare our pool with (optional): libtbb-dev'

begin 'no libcpuid on arm' debian
install_all_but libcpuid-dev
STUB_ARCH=aarch64
setup bench
expect_status 7
[ -z "$said" ] || fail 'no output was expected'

begin 'Fedora' fedora
setup build --yes
expect_file "$scratch/commands" "dnf install -y --setopt=install_weak_deps=False gcc gcc-c++ make cmake \
pkgconf-pkg-config hwloc-devel google-benchmark-devel jansson-devel libsmartcols-devel libcpuid-devel \
openssl-devel libzstd-devel libpng-devel libcurl-devel libmicrohttpd-devel liburing-devel tbb-devel glib2-devel libuv-devel"

begin 'Rocky Linux' rocky 'rhel centos fedora'
setup plots
expect_said 'dnf install -y'
expect_said 'python3-matplotlib'

begin 'Arch Linux' arch
setup build --yes
expect_file "$scratch/commands" 'pacman -S --needed --noconfirm gcc make cmake pkgconf hwloc benchmark jansson '\
'util-linux-libs libcpuid openssl zstd libpng curl libmicrohttpd liburing onetbb glib2 libuv'

begin 'openSUSE' opensuse-tumbleweed 'opensuse suse'
setup build --yes
expect_file "$scratch/commands" 'zypper --non-interactive install --no-recommends gcc gcc-c++ make cmake '\
'pkg-config hwloc-devel benchmark-devel libjansson-devel libsmartcols-devel libcpuid-devel '\
'libopenssl-devel libzstd-devel libpng16-devel libcurl-devel libmicrohttpd-devel liburing-devel tbb-devel '\
'glib2-devel libuv-devel'

begin 'Alpine' alpine
setup build --yes
expect_file "$scratch/commands" 'apk add --no-cache gcc g++ musl-dev linux-headers make cmake pkgconf hwloc-dev '\
'benchmark-dev jansson-dev util-linux-dev argp-standalone libcpuid-dev openssl-dev zstd-dev libpng-dev '\
'curl-dev libmicrohttpd-dev liburing-dev onetbb-dev glib-dev libuv-dev'

begin 'unknown distribution' plan9
setup bench EXPERIMENTS='create scaling'
expect_status 1
expect_said 'Google Benchmark'
expect_said 'make bench EXPERIMENTS="create scaling"'
expect_not_said 'cmocka'

begin 'known distribution without its package manager' gentoo-debian 'debian'
mv "$bin/apt-get" "$bin/no-apt-get"
setup bench
expect_status 1
expect_said 'unknown'
mv "$bin/no-apt-get" "$bin/apt-get"

begin 'CMake too old' debian
install_all_but
STUB_CMAKE=3.18.4
setup build
expect_status 1
expect_said '3.22 or newer'
expect_file "$scratch/made" ''

begin 'no Python with the modules' debian
install_all_but
export TVP_PYTHON="$scratch/none"
setup bench
unset TVP_PYTHON
expect_status 1
expect_said "TVP_PYTHON"
expect_file "$scratch/made" ''

for arguments in frobnicate '' 'bench test' 'bench --force' 'bench =3'; do
	begin "wrong usage: $arguments" debian
	# shellcheck disable=SC2086 # a list of words
	setup $arguments
	expect_status 2
	expect_said 'valid targets: build bench plots test check'
	[ "$(printf '%s\n' "$said" | wc -l)" -eq 1 ] || fail 'one line was expected'
done

begin 'help' debian
setup --help
expect_status 0
expect_said 'Usage: scripts/setup TARGET'

# The rows of the table are as wide as its head says.
begin 'table' debian
said=$(sed -n '/^needs() {/,/^}/p' "$top/scripts/setup" | grep -F '|' | awk -F'|' 'NF != 8')
status=0
[ -z "$said" ] || fail 'rows with other than eight columns'

if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
	begin 'asks on a terminal: no' debian
	install_all_but make
	answer() {
		said=$(printf '%s\n' "$1" | PATH="$bin:$PATH" TVP_SETUP_OS_RELEASE="$scratch/os-release" \
			script -qec "'$tree/scripts/setup' bench" /dev/null 2>&1)
		status=$?
	}
	answer n
	expect_status 1
	expect_said 'Install now?'
	expect_file "$scratch/commands" ''
	begin 'asks on a terminal: yes' debian
	install_all_but make
	answer y
	expect_status 7
	expect_file "$scratch/commands" "apt-get -q update
$apt_install make"
fi

finish
