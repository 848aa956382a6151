#!/bin/sh
# Installs mlfgen into .venv and turns samples/sine.tar into a Zephyr application for the STM32F746G-DISCO.
# Where Zephyr and a cross compiler are at hand, builds it and runs the image as well.
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
setup_venv .

.venv/bin/generate --rtos zephyr --board stm32f746g_disco \
	--tflite samples/sine.tflite --golden samples/sine.npz --output build/sine samples/sine.tar

if .venv/bin/mlfgen doctor >build/doctor.txt; then
	setup_venv '.[virtual]'
	.venv/bin/mlfgen build build/sine
	.venv/bin/mlfgen run build/sine
else
	echo "not built, because something is missing here; .venv/bin/mlfgen doctor tells what"
fi
