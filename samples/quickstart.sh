#!/bin/sh
# From a clone to a model that runs: compiles samples/sine.tflite to bare-metal firmware for the STM32F746G-DISCO,
# builds it, and runs that image on the virtual board, where it compares its outputs with the recorded ones.
# Installs what is missing: tools with apt-get (it prints the list first), Python packages with pip into .venv.
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

need python3-venv python3 -c 'import ensurepip'
need_firmware_tools
install_missing
setup_venv '.[virtual]'

.venv/bin/generate --rtos none --board stm32f746g_disco \
	--golden samples/sine.npz --output build/sine samples/sine.tflite
.venv/bin/mlfgen build build/sine
.venv/bin/mlfgen run build/sine
echo "the outputs are as expected. Next: docs/first-steps.md, or your own model: .venv/bin/generate --rtos none --board stm32f746g_disco MODEL.tflite"
