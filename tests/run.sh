#!/bin/sh
# Sets up everything the tests need and runs them: lint, types, unit and integration tests.
# Bare-metal firmware is built and run on the emulated boards; Zephyr's and FreeRTOS's where their sources can be had.
# The last lines say what was skipped and why.
# Arguments go to pytest: sh tests/run.sh tests/unit -k planner
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

need python3-venv python3 -c 'import ensurepip'
need build-essential has cc
need_firmware_tools
for tool in git dtc:device-tree-compiler gperf ccache file qemu-system-arm clang clang-tidy cppcheck llvm-cov:llvm; do
	need "${tool#*:}" has "${tool%%:*}"
done
install_missing || echo "going on without: tests that need them are skipped" >&2
setup_venv '.[test,virtual,pools,exact,serial,completion]'
# Not built for every Python: without them the tests that compare with them are skipped.
.venv/bin/pip install --quiet --disable-pip-version-check --editable '.[reference]' >build/pip-reference.txt 2>&1 ||
	echo "going on without the reference interpreters: tests that compare with them are skipped" >&2
.venv/bin/pip install --quiet --disable-pip-version-check --editable '.[docs]' >build/pip-docs.txt 2>&1 ||
	echo "going on without MkDocs: the test that builds the documentation is skipped" >&2
.venv/bin/pip install --quiet --disable-pip-version-check --editable '.[ide]' >build/pip-ide.txt 2>&1 ||
	echo "going on without PlatformIO: tests that ask it are skipped" >&2
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
