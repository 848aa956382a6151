# Sourced by samples/quickstart.sh and tests/run.sh: a Python environment in .venv, whatever Debian lacks for it.

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		return 1
	fi
}

# apt_install PACKAGE...: only what is missing; says what to do where it can't.
apt_install() {
	missing=
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	if command -v apt-get >/dev/null && as_root apt-get update -qq &&
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
		return 0
	fi
	echo "install these packages first:$missing" >&2
	return 1
}

# setup_venv WHAT: WHAT (as pip takes it) into .venv, editable.
setup_venv() {
	if ! [ -x .venv/bin/pip ]; then
		python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv
		python3 -m venv .venv
	fi
	mkdir -p build
	if ! .venv/bin/pip install --quiet --disable-pip-version-check --editable "$1" >build/pip.txt 2>&1; then
		cat build/pip.txt >&2
		return 1
	fi
}
