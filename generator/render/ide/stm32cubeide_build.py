"""STM32CubeIDE's .cproject: the settings of its managed build, for two configurations."""

from __future__ import annotations

from collections.abc import Iterable

from generator.model.ides import IdeSupport
from generator.model.project import Project
from generator.render.ide.sources import EXCLUDED, FOLDERS, LINKER_SCRIPT, PLACEMENT, IdeBuild
from generator.render.ide.xml_tree import Element, child, root, xml_text

_CDT = "org.eclipse.cdt"
_BUILD = "com.st.stm32cube.ide.mcu.gnu.managedbuild"
_EXE = f"{_CDT}.build.core.buildArtefactType.exe"
_PARSERS = ("GASErrorParser", "GmakeErrorParser", "GLDErrorParser", "CWDLocator", "GCCErrorParser")
#: configuration: debug information and optimisation, as the compiler's options call them
_CONFIGURATIONS = {"Debug": ("g3", "og"), "Release": ("g3", "o2")}
#: folder of the project that links into the workspace
_LINKED = "deps"


def cproject_text(project: Project, build: IdeBuild) -> str:
    """The text of a ``.cproject``.

    build: of the project.
    """
    tree = root("cproject", {"storage_type_id": f"{_CDT}.core.XmlProjectDescriptionStorage"})
    settings = _storage(tree, f"{_CDT}.core.settings")
    for name in _CONFIGURATIONS:
        _Configuration(name, project, build).write(settings)
    system = _storage(tree, "cdtBuildSystem", version="4.0.0")
    child(system, "project", {"id": f"{project.slug}.null.1", "name": project.slug})
    for module in (f"{_CDT}.core.LanguageSettingsProviders", "refreshScope", "scannerConfiguration"):
        _storage(tree, module)
    return xml_text(tree, "<?fileVersion 4.0.0?>")


class _Configuration:
    """Writes one configuration."""

    def __init__(self, name: str, project: Project, build: IdeBuild) -> None:
        self._name = name
        self._low = name.lower()
        self._project = project
        self._support = project.board.ide or IdeSupport("")
        self._build = build
        self._number = 1_000_000 * (1 + list(_CONFIGURATIONS).index(name))

    def write(self, settings: Element) -> None:
        parent = f"{_BUILD}.config.exe.{self._low}"
        own = self._own(parent)
        outer = child(settings, "cconfiguration", {"id": own})
        self._provider(outer, own)
        kind = f"{_CDT}.build.core.buildType"
        configuration = child(
            _storage(outer, "cdtBuildSystem", version="4.0.0"),
            "configuration",
            {
                "artifactExtension": "elf",
                "artifactName": "${ProjName}",
                "buildArtefactType": _EXE,
                "buildProperties": f"{_CDT}.build.core.buildArtefactType={_EXE},{kind}={kind}.{self._low}",
                "cleanCommand": "rm -rf",
                "description": "",
                "id": own,
                "name": self._name,
                "parent": parent,
            },
        )
        folder = child(configuration, "folderInfo", {"id": f"{own}.", "name": "/", "resourcePath": ""})
        self._tool_chain(folder)
        self._source_entries(child(configuration, "sourceEntries"))
        _storage(outer, f"{_CDT}.core.externalSettings")

    def _provider(self, outer: Element, own: str) -> None:
        provider = _storage(
            outer,
            f"{_CDT}.core.settings",
            buildSystemId=f"{_CDT}.managedbuilder.core.configurationDataProvider",
            id=own,
            name=self._name,
        )
        child(provider, "externalSettings")
        extensions = child(provider, "extensions")
        parsers = (("ELF", "BinaryParser"), *((name, "ErrorParser") for name in _PARSERS))
        for name, point in parsers:
            child(extensions, "extension", {"id": f"{_CDT}.core.{name}", "point": f"{_CDT}.core.{point}"})

    def _source_entries(self, entries: Element) -> None:
        linked = self._build.workspace_files or self._build.workspace_folders
        for name in (*FOLDERS, *((_LINKED,) if linked else ())):
            excluded = [path.removeprefix(f"{name}/") for path in EXCLUDED if path.startswith(f"{name}/")]
            attributes = {"excluding": "|".join(excluded)} if excluded else {}
            attributes |= {"flags": "VALUE_WORKSPACE_PATH|RESOLVED", "kind": "sourcePath", "name": name}
            child(entries, "entry", attributes)

    def _tool_chain(self, folder: Element) -> None:
        chain = self._element(folder, "toolChain", f"toolchain.exe.{self._low}", name="MCU ARM GCC")
        self._option(chain, "option.target_mcu", self._support.device)
        self._option(chain, "option.target_cpuid", "0")
        self._option(chain, "option.target_coreid", "0")
        flags = dict(flag.partition("=")[::2] for flag in self._build.core_flags)
        for name, flag in (("fpu", "-mfpu"), ("floatabi", "-mfloat-abi")):
            if flag in flags:
                self._choice(chain, f"option.{name}", flags[flag])
        self._option(chain, "option.target_board", self._support.stm32cubeide_board)
        self._element(
            chain,
            "targetPlatform",
            "targetplatform",
            archList="all",
            binaryParser=f"{_CDT}.core.ELF",
            isAbstract="false",
            osList="all",
        )
        self._element(
            chain,
            "builder",
            "builder",
            buildPath=f"${{workspace_loc:/{self._project.slug}}}/{self._name}",
            managedBuildOn="true",
            name=f"Gnu Make Builder.{self._name}",
            parallelBuildOn="true",
            parallelizationNumber="optimal",
        )
        self._element(chain, "tool", "tool.assembler", name="MCU GCC Assembler")
        self._compiler(self._element(chain, "tool", "tool.c.compiler", name="MCU GCC Compiler"))
        self._linker(self._element(chain, "tool", "tool.c.linker", name="MCU GCC Linker"))
        for tool, name in (
            ("archiver", "MCU GCC Archiver"),
            ("size", "MCU Size"),
            ("objcopy.hex", "MCU Output Converter Hex"),
            ("objcopy.binary", "MCU Output Converter Binary"),
        ):
            self._element(chain, "tool", f"tool.{tool}", name=name)

    def _compiler(self, tool: Element) -> None:
        option = "tool.c.compiler.option"
        debug, level = _CONFIGURATIONS[self._name]
        self._choice(tool, f"{option}.languagestandard", "isoc11")
        self._choice(tool, f"{option}.debuglevel", debug)
        self._choice(tool, f"{option}.optimization.level", level)
        self._list(tool, f"{option}.definedsymbols", "definedSymbols", self._build.defines)
        # As seen from the folder that is built in.
        every = (*self._build.include_paths, *self._build.folder_include_paths)
        paths = (".." if path == "." else f"../{path}" for path in every)
        self._list(tool, f"{option}.includepaths", "includePath", paths)
        self._list(tool, f"{option}.otherflags", "stringList", self._build.c_flags)
        self._element(tool, "inputType", "tool.c.compiler.input.c")

    def _linker(self, tool: Element) -> None:
        option = "tool.c.linker.option"
        self._option(tool, f"{option}.script", f"${{workspace_loc:/${{ProjName}}/{LINKER_SCRIPT}}}")
        self._list(tool, f"{option}.libraries", "libs", self._build.libraries)
        self._list(tool, f"{option}.otherflags", "stringList", (*self._build.link_flags, f"../{PLACEMENT}"))
        inputs = self._element(tool, "inputType", "tool.c.linker.input")
        for kind, paths in (("additionalinputdependency", "$(USER_OBJS)"), ("additionalinput", "$(LIBS)")):
            child(inputs, "additionalInput", {"kind": kind, "paths": paths})

    def _option(self, parent: Element, name: str, value: str) -> None:
        self._element(parent, "option", name, value=value, valueType="string")

    def _choice(self, parent: Element, name: str, value: str) -> None:
        self._element(parent, "option", name, value=f"{_BUILD}.{name}.value.{value}", valueType="enumerated")

    def _list(self, parent: Element, name: str, kind: str, values: Iterable[str]) -> None:
        values = list(values)
        if not values:
            return
        flags = {"IS_BUILTIN_EMPTY": "false", "IS_VALUE_EMPTY": "false"}
        option = self._element(parent, "option", name, **flags, valueType=kind)
        for value in values:
            child(option, "listOptionValue", {"builtIn": "false", "value": value})

    def _element(self, place: Element, tag: str, below: str, **attributes: str) -> Element:
        """below: the rest of the class's name."""
        super_class = f"{_BUILD}.{below}"
        return child(place, tag, {"id": self._own(super_class), "superClass": super_class, **attributes})

    def _own(self, super_class: str) -> str:
        """An id: CDT tells elements of one class apart by the number at the end."""
        self._number += 1
        return f"{super_class}.{self._number}"


def _storage(parent: Element, module: str, **attributes: str) -> Element:
    return child(parent, "storageModule", {"moduleId": module, **attributes})
