"""The end of each command's help."""

#: command -> examples and notes
EXAMPLES_EPILOG = {
    "generate": """\
examples:
  mlfgen generate --rtos zephyr --board stm32f746g_disco kws.tar
  mlfgen generate --rtos zephyr --board stm32f746g_disco kws.tar -o firmware/kws --pool sram=dtcm
  mlfgen generate --rtos zephyr --board mps2_an500 kws.tar --golden kws.npz --tflite kws.tflite
  mlfgen generate --rtos zephyr --board boards/my_board.yaml a.tar b.tar --share-workspace

then:
  west build -b stm32f746g_disco kws-zephyr-stm32f746g_disco      (or: mlfgen build FOLDER)

exit codes: 0 success, 1 a build or run failed, 2 invalid input, 130 interrupted
""",
    "update": """\
examples:
  mlfgen update firmware/kws                     the models have changed
  mlfgen update firmware/kws models/kws-v2.tar   another model, the same options
  mlfgen update firmware/kws --reserve sram=32K --dry-run
  mlfgen update                                  every application and library below this folder
""",
    "add": """\
examples:
  mlfgen add --board stm32f746g_disco kws.tflite            shows the lines for your build
  mlfgen add --board stm32f746g_disco kws.tflite --apply    puts them in, after showing a diff
  mlfgen add anomaly.tar                                    a second model, one shared runtime
  mlfgen add kws.tflite --golden kws.npz --tests            a test among those of the repository
  mlfgen add kws.tflite --board boards/mine.yaml --to Middlewares/mlf --as sources

docs/repositories.md describes each kind of firmware.
""",
    "remove": """\
examples:
  mlfgen remove kws
  mlfgen remove                                  all models, and the lines that `add --apply` put in
  mlfgen remove anomaly --to Middlewares/mlf --dry-run
""",
    "compile": """\
examples:
  mlfgen compile kws.tflite                      writes kws.tar
  mlfgen compile kws.tflite --explain            shows how each operator is compiled, writes nothing
  mlfgen compile kws.tflite -o models/kws.tar --name keywords

`mlfgen generate`, `inspect` and `verify` take a .tflite directly; write an archive for other tools.
""",
    "inspect": """\
examples:
  mlfgen inspect kws.tar                         tensors, memory, multiply-adds of each operator
  mlfgen inspect kws.tflite --board stm32f746g_disco
  mlfgen inspect kws-graph.tar --board mps2_an500 --why
""",
    "plan": """\
examples:
  mlfgen plan kws.tflite --svg kws.svg
  mlfgen plan buffers.csv --capacity 1M
  mlfgen plan kws-graph.tar --board stm32f746g_disco --reserve sram=32K
  mlfgen plan problem.json --pool dtcm:64K:32:1 --pool sram:8M:32:8 --planner hill_climb

A CSV file has the columns id,lower,upper,size and optionally alignment,offset; docs/planning.md describes the JSON.
""",
    "boards": """\
examples:
  mlfgen boards
  mlfgen boards stm32f746g_disco
  mlfgen boards boards/my_board.yaml             checks the file
  mlfgen boards zephyr:nrf52840dk/nrf52840       any Zephyr board, from its devicetree
  mlfgen boards --derive nucleo_h743zi -o boards/nucleo_h743zi.yaml
""",
    "build": """\
examples:
  mlfgen build firmware/kws
  mlfgen build firmware/kws -D CONFIG_MLF_OPTIMIZE_SIZE=y --verbose
""",
    "check": """\
examples:
  mlfgen check build/firmware.elf
  mlfgen check Debug/blinky.elf --model lib/kws

exit codes: 0 as planned, 1 a buffer is not, 2 invalid input
""",
    "run": """\
examples:
  mlfgen run firmware/kws
  mlfgen run firmware/kws --timeout 300
""",
    "profile": """\
examples:
  mlfgen profile firmware/kws
  mlfgen profile firmware/kws --html profile.html
""",
    "verify": """\
examples:
  mlfgen verify --rtos none --board stm32f746g_disco kws.tflite             against a reference interpreter
  mlfgen verify --rtos none --board stm32f746g_disco kws.tflite --layers    layer by layer
  mlfgen verify --rtos zephyr --board mps2_an500 kws.tar --golden kws.npz   against recorded outputs

A golden file contains in<J>_<K> and tvm_out<J>_<K> (or out<J>_<K>, tflm_out<J>_<K>): tensor J of set K.
The interpreters are Python packages: pip install 'mlfgen[reference]'.
""",
    "session": """\
examples:
  mlfgen session firmware/kws --inputs kws.npz -o outputs.npz
  mlfgen session firmware/kws --port /dev/ttyACM0 --runs 10
""",
    "serve": """\
examples:
  mlfgen serve --project firmware/kws
  mlfgen serve --project "$(mlfgen template-dir --rtos zephyr)" --read-fd 3 --write-fd 4
""",
    "template-dir": """\
examples:
  mlfgen template-dir --rtos zephyr
""",
    "doctor": """\
examples:
  mlfgen doctor
  mlfgen doctor --json
""",
    "flash": """\
examples:
  mlfgen flash firmware/kws
  mlfgen flash firmware/kws --serial-number 066AFF
""",
    "debug": """\
examples:
  mlfgen debug firmware/kws
  mlfgen debug firmware/kws --emulator
""",
    "monitor": """\
examples:
  mlfgen monitor firmware/kws
  mlfgen monitor firmware/kws --port /dev/ttyACM0 --until-end
""",
    "west-commands": """\
examples:
  mlfgen west-commands               in a manifest repository, the folder with west.yml
  mlfgen west-commands my-manifest

then, in the workspace:
  west mlf generate --rtos zephyr --board stm32f746g_disco kws.tflite
  west mlf build kws-zephyr-stm32f746g_disco
""",
    "workspace": """\
examples:
  mlfgen workspace --rtos freertos
  mlfgen workspace --module hal_nordic
  mlfgen workspace --dry-run
  mlfgen workspace --rtos zephyr ~/zephyr-workspace
""",
}
