#!/bin/sh
# Sets up everything the tests need and runs them: lint, types, unit and integration tests.
# Firmware is built and run where Zephyr can be had; the last lines say what was skipped and why.
# Arguments go to pytest: sh tests/run.sh tests/unit -k planner
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

apt_install build-essential git cmake ninja-build device-tree-compiler gperf ccache file \
	gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm ||
	echo "going on without: tests that need them are skipped" >&2
setup_venv '.[test,virtual,pools,exact,serial]'
PATH=$PWD/.venv/bin:$PATH
export PATH

# The cross compiler Debian has, unless another is chosen.
if [ -z "${ZEPHYR_TOOLCHAIN_VARIANT:-}" ] && command -v arm-none-eabi-gcc >/dev/null; then
	ZEPHYR_TOOLCHAIN_VARIANT=gnuarmemb
	GNUARMEMB_TOOLCHAIN_PATH=$(dirname "$(dirname "$(command -v arm-none-eabi-gcc)")")
	export ZEPHYR_TOOLCHAIN_VARIANT GNUARMEMB_TOOLCHAIN_PATH
fi

ruff check .
ruff format --check .
mypy
exec pytest "$@"
