# Sourced by samples/quickstart.sh and tests/run.sh: a Python environment in .venv, and whatever Debian lacks.

missing=

# need PACKAGE COMMAND...: PACKAGE is missing unless COMMAND succeeds.
need() {
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# install_missing: by apt-get, saying so first; where that can't be, says what to install.
install_missing() {
	[ -n "$missing" ] || return 0
	if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }; then
		echo "installing with apt-get, as root:$missing"
		if as_root apt-get update -qq &&
			as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
			missing=
			return 0
		fi
	fi
	echo "install these packages first (their names in Debian):$missing" >&2
	return 1
}

has() {
	command -v "$1"
}

has_newlib() {
	test -f "$(arm-none-eabi-gcc -print-file-name=nano.specs)"
}

# need_firmware_tools: what builds firmware for Arm boards.
need_firmware_tools() {
	need cmake has cmake
	need ninja-build has ninja
	need gcc-arm-none-eabi has arm-none-eabi-gcc
	need libnewlib-arm-none-eabi has_newlib
}

# setup_venv WHAT: WHAT (as pip takes it) into .venv, editable.
setup_venv() {
	if ! [ -x .venv/bin/pip ]; then
		python3 -m venv .venv
	fi
	mkdir -p build
	if ! .venv/bin/pip install --quiet --disable-pip-version-check --editable "$1" >build/pip.txt 2>&1; then
		cat build/pip.txt >&2
		return 1
	fi
}
