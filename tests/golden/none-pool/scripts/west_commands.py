"""The west commands of this application: build, flash, debug, run. They need west and CMake; see board.json."""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from west.commands import WestCommand

APP = Path(__file__).resolve().parent.parent
BOARD = json.loads((APP / "scripts" / "board.json").read_text(encoding="utf-8"))
END_MARKER = "mlf: end, "


class _Command(WestCommand):
    """What the commands share: the build folder, and building before use."""

    def __init__(self, name, description):
        super().__init__(name, description, description, accepts_unknown_args=name == "build")

    def do_add_parser(self, parser_adder):
        parser = parser_adder.add_parser(
            self.name, description=self.description, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.add_argument("-d", "--build-dir", metavar="DIR", help="build folder (default: build in the application)")
        self.add_arguments(parser)
        return parser

    def add_arguments(self, parser):
        pass

    def build_folder(self, args, source=APP):
        return Path(args.build_dir).absolute() if args.build_dir else source / "build"

    def call(self, argv, cwd=APP):
        """Run a program; west ends with its exit code when it fails."""
        self.dbg(" ".join(str(word) for word in argv))
        try:
            code = subprocess.run([str(word) for word in argv], cwd=cwd, check=False).returncode
        except FileNotFoundError:
            self.die(f"'{argv[0]}' is not installed or not in PATH")
        if code != 0:
            sys.exit(code if code > 0 else 1)

    def need_image(self, args):
        """The image, built again when something has changed."""
        folder = self.build_folder(args)
        if not (folder / "CMakeCache.txt").is_file():
            self.die(f"there is no build in {folder}: call 'west build' first")
        self.call(["cmake", "--build", folder])
        return folder / "firmware.elf"


class Build(_Command):
    def __init__(self):
        super().__init__("build", "build the firmware; CMake options follow a --")

    def add_arguments(self, parser):
        parser.add_argument("-b", "--board", help=f"has to be {BOARD['board']}, for which this was generated")
        parser.add_argument("-t", "--target", help="of the build system (default: everything)")
        parser.add_argument(
            "-p",
            "--pristine",
            choices=("auto", "always", "never"),
            nargs="?",
            const="always",
            default="auto",
            help="remove the build folder first; auto: when it is another application's",
        )
        parser.add_argument("source", nargs="?", help="folder of the application (default: this one)")

    def do_run(self, args, unknown):
        options = [word for word in unknown if word != "--"]
        if args.source is not None and args.source.startswith("-"):
            options.insert(0, args.source)  # argparse takes what follows -- for the folder
            args.source = None
        if args.board not in (None, BOARD["board"]):
            self.die(f"this application is for {BOARD['board']}: generate it again for {args.board}")
        source = Path(args.source).absolute() if args.source else APP
        if not (source / "CMakePresets.json").is_file():
            self.die(f"{source} is not an application of mlfgen")
        folder = self.build_folder(args, source)
        self.clean(folder, source, args.pristine)
        workspace = f"-DMLF_WORKSPACE={self.topdir}"
        self.call(["cmake", "--preset", "default", "-S", source, "-B", folder, workspace, *options], cwd=source)
        target = ["--target", args.target] if args.target else []
        self.call(["cmake", "--build", folder, *target])

    def clean(self, folder, source, pristine):
        cache = folder / "CMakeCache.txt"
        if pristine == "never" or not cache.is_file():
            return
        home = f"CMAKE_HOME_DIRECTORY:INTERNAL={source}"
        if pristine == "always" or home not in cache.read_text(encoding="utf-8", errors="replace").splitlines():
            self.inf(f"removing {folder}")
            shutil.rmtree(folder)


class Flash(_Command):
    def __init__(self):
        super().__init__("flash", "write the firmware into the board")

    def add_arguments(self, parser):
        parser.add_argument("-r", "--runner", help="one of: " + (", ".join(BOARD["runners"]) or "none"))

    def do_run(self, args, unknown):
        if not BOARD["runners"]:
            self.die(f"{BOARD['board']} has no flash runner" + ("; try 'west run', which emulates it" if BOARD["emulator"] else ""))
        runner = args.runner or BOARD["runners"][0]
        if runner not in BOARD["runners"]:
            self.die(f"'{runner}' can't flash {BOARD['board']}; these can: {', '.join(BOARD['runners'])}")
        image = self.need_image(args)
        if runner == "openocd":
            program = "program {" + str(image) + "} verify reset exit"
            self.call(["openocd", "-f", BOARD["openocd_config"], "-c", program])
        elif runner == "stm32cubeprogrammer":
            self.call(["STM32_Programmer_CLI", "-c", "port=SWD", "mode=UR", "-w", image, "-v", "-rst"])
        else:
            self.die(f"this command does not know how to call '{runner}': flash {image} with it by hand")


class Debug(_Command):
    def __init__(self):
        super().__init__("debug", "start the firmware under a debugger")

    def add_arguments(self, parser):
        parser.add_argument("--gdb", help="debugger (default: arm-none-eabi-gdb or gdb-multiarch)")
        parser.add_argument("--port", type=int, default=3333, help="TCP port of the emulator's debug server")

    def do_run(self, args, unknown):
        gdb = args.gdb or shutil.which("arm-none-eabi-gdb") or shutil.which("gdb-multiarch")
        if gdb is None:
            self.die("neither arm-none-eabi-gdb nor gdb-multiarch is in PATH")
        image = self.need_image(args)
        if BOARD["openocd_config"]:
            log = "{" + str(image.parent / "openocd.log") + "}"
            server = f"openocd -c 'gdb_port pipe; log_output {log}' -f {BOARD['openocd_config']}"
            commands = [f"target extended-remote | {server}", "monitor reset halt", "load", "break main", "continue"]
            self.call([gdb, *(word for command in commands for word in ("-ex", command)), image])
        elif BOARD["emulator"]:
            halted = [*BOARD["emulator"], "-S", "-gdb", f"tcp:127.0.0.1:{args.port}", "-kernel", str(image)]
            emulator = subprocess.Popen(halted, stdin=subprocess.DEVNULL)
            try:
                self.call([gdb, "-ex", f"target remote 127.0.0.1:{args.port}", "-ex", "break main", image])
            finally:
                emulator.kill()
                emulator.wait()
        else:
            self.die(f"{BOARD['board']} has no debug runner")


class Run(_Command):
    def __init__(self):
        super().__init__("run", "run the firmware in an emulator until it says that it is done")

    def do_run(self, args, unknown):
        image = self.need_image(args)
        if not BOARD["emulator"]:
            if not BOARD["virtual"] or shutil.which("mlfgen") is None:
                self.die(f"QEMU has no machine for {BOARD['board']}" + ("; use `mlfgen run`" if BOARD["virtual"] else ""))
            self.call(["mlfgen", "run", "--build-folder", image.parent, APP])
            return
        argv = [*BOARD["emulator"], "-kernel", str(image)]
        try:
            emulator = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        except FileNotFoundError:
            self.die(f"'{argv[0]}' is not installed or not in PATH")
        try:
            for line in emulator.stdout:
                text = line.decode("utf-8", errors="replace").rstrip("\r\n")
                print(text, flush=True)
                if text.startswith(END_MARKER):
                    sys.exit(0 if text == END_MARKER + "0 failures" else 1)
        finally:
            emulator.kill()
            emulator.wait()
        self.die("the emulator ended before the firmware did")
