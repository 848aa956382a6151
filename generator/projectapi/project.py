"""The Project API for mlfgen's own projects: a template folder, or a project that was generated."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.emit.fileset import LEDGER_NAME
from generator.errors import TargetError, UsageError
from generator.model.firmware import Firmware
from generator.model.options import OPTIONS, RTOSES, Option
from generator.pipeline.board_names import is_board_file
from generator.pipeline.build import build
from generator.pipeline.firmware import load_firmware
from generator.pipeline.flash import flash
from generator.pipeline.generate import generate
from generator.pipeline.options import generate_request, option_values
from generator.pipeline.transport import (
    StreamTransport,
    TransportOptions,
    open_transport,
    reached_by,
)
from generator.projectapi.handler import (
    ProjectHandler,
    ProjectOption,
    ServerInfo,
    TransportTimeouts,
    UnsupportedTVMVersionError,
)
from generator.toolchain.cache import cache_folder
from generator.toolchain.runner import SystemRunner

_LOG = logging.getLogger(__name__)

_METHODS = {"generate": "generate_project"}
#: of the option table, those that the API has; a library is a matter of the command line
_STAGES = {"generate", "build", "flash", "open_transport"}
#: the first release with version 1 of the protocol
_OLDEST_TVM = (0, 8)


def project_options(rtos: str | None) -> tuple[ProjectOption, ...]:
    """The option table as clients see it. rtos: what a template folder is for; then it need not be given.

    A list is one text, its items separated by commas.
    """
    return tuple(_project_option(option, rtos) for option in OPTIONS if set(option.stages) & _STAGES)


def _project_option(option: Option, rtos: str | None) -> ProjectOption:
    methods = tuple(_METHODS.get(stage, stage) for stage in option.stages)
    default = option.default
    if option.kind == "list":
        default = ",".join(option.default) or None
    if option.name == "rtos" and rtos is not None:
        default = rtos
    required = option.required and default is None
    return ProjectOption(
        name=option.name,
        type="str" if option.kind == "list" else option.kind,
        help=option.help.replace("Repeatable.", "Separate several with commas."),
        required=methods if required else (),
        optional=() if required else methods,
        choices=option.choices,
        default=default,
    )


def split_lists(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the Project API as the command line would have parsed them."""
    kinds = {option.name: option.kind for option in OPTIONS}
    return {
        name: [item.strip() for item in (value or "").split(",") if item.strip()]
        if kinds[name] == "list"
        else value
        for name, value in options.items()
    }


class MlfgenProject(ProjectHandler):
    """The Project API's methods for a folder.

    folder: where the client started the server. It is a generated project when it has a ledger.
    """

    def __init__(self, folder: Path, *, runner: SystemRunner, env: Mapping[str, str]) -> None:
        self._folder = folder
        self._runner = runner
        self._env = env
        self._transport: StreamTransport | None = None

    def check_tvm_version(self, tvm_version: str) -> None:
        numbers = tvm_version.split(".")[:2]
        if all(number.isdigit() for number in numbers) and tuple(map(int, numbers)) < _OLDEST_TVM:
            raise UnsupportedTVMVersionError(f"TVM {tvm_version} is too old: 0.8 or newer is needed")

    def server_info(self) -> ServerInfo:
        if not self._is_generated:
            rtos = self._folder.name if self._folder.name in RTOSES else None
            return ServerInfo("mlfgen", True, None, project_options(rtos))
        firmware = load_firmware(self._folder)
        archive = self._folder / firmware.archives[0] if firmware.archives else None
        return ServerInfo(firmware.rtos, False, archive, project_options(firmware.rtos))

    def generate_project(
        self,
        model_library_format_path: Path,
        standalone_crt_dir: Path,
        project_dir: Path,
        options: Mapping[str, Any],
    ) -> None:
        """standalone_crt_dir is not looked at: a project has a runtime of its own."""
        if self._is_generated:
            raise UsageError(
                "this is a generated project, not a template",
                hint="`mlfgen template-dir` prints the template's folder",
            )
        _check_absolute(model_library_format_path, project_dir)
        if options.get("pools_file"):
            _check_absolute(Path(options["pools_file"]))
        if project_dir.exists():
            raise TargetError("already exists", where=str(project_dir), hint="give the path of a new folder")
        template = None
        if options.get("template"):
            from generator.toolchain.template_source import load_template

            template = load_template(options["template"])
        request = generate_request(
            [str(model_library_format_path)],
            option_values(split_lists(options)),
            output=project_dir,
            template=template,
            cache=cache_folder(self._env),
            served=True,
        )
        board = (Path(request.board),) if is_board_file(request.board) else ()
        _check_absolute(*request.tflite.values(), *request.goldens.values(), *board)
        generate(request)

    def build(self, options: Mapping[str, Any]) -> None:
        build(self._project(), runner=self._runner, env=self._env, on_line=_LOG.debug)

    def flash(self, options: Mapping[str, Any]) -> None:
        """An emulator is started with the image when the transport is opened: nothing is to be done before."""
        if reached_by(self._firmware(), options["transport"]) != "serial":
            return
        flash(
            self._project(),
            runner=self._runner,
            env=self._env,
            program=options["runner"],
            serial_number=options["serial_number"],
            on_line=_LOG.debug,
        )

    def open_transport(self, options: Mapping[str, Any]) -> TransportTimeouts:
        wanted = TransportOptions(
            options["transport"], options["port"], options["serial_number"], options["baud"]
        )
        transport = open_transport(self._project(), wanted, starter=self._runner, env=self._env)
        self._transport = transport
        timeouts = transport.timeouts
        return TransportTimeouts(timeouts.start_retry_s, timeouts.start_s or 0.0, timeouts.reply_s or 0.0)

    def close_transport(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def read_transport(self, n: int, timeout_sec: float | None) -> bytes:
        return self._opened().read(n, timeout_sec)

    def write_transport(self, data: bytes, timeout_sec: float | None) -> None:
        self._opened().write(data, timeout_sec)

    @property
    def _is_generated(self) -> bool:
        return (self._folder / LEDGER_NAME).is_file()

    def _firmware(self) -> Firmware:
        return load_firmware(self._project())

    def _project(self) -> Path:
        if not self._is_generated:
            raise TargetError(
                "this is a template project, which can't be built, flashed or connected to",
                where=str(self._folder),
                hint="call generate_project, then start the server of the project that it generates",
            )
        return self._folder

    def _opened(self) -> StreamTransport:
        if self._transport is None:
            raise UsageError("the transport is not open", hint="call open_transport first")
        return self._transport


def _check_absolute(*paths: Path) -> None:
    for path in paths:
        if not path.is_absolute():
            raise UsageError(
                "a relative path",
                where=str(path),
                hint="the server does not run in its client's folder: give an absolute path",
            )
