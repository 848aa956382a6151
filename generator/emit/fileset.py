"""The build log: which stage made which file, and whether all of them can live in one folder."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from generator.errors import TemplateError
from generator.model.output import OutputFile, path_fault

#: The ledger's place in a project; no stage may write it.
LEDGER_NAME = "project.json"


def _folded(path: str) -> str:
    """Equal for two paths which a case-insensitive or normalising file system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


class FileSet(Mapping[str, OutputFile]):
    """The files of one project by relative path, in path order whatever the order of writing.

    ``add`` raises TemplateError for a path that is written twice, that only differs from another in letter
    case, that is a file here and a folder there, or that is not a good path (see ``path_fault``).
    """

    def __init__(self, files: Mapping[str, OutputFile] | None = None) -> None:
        self._files: dict[str, OutputFile] = {}
        self._by_folded: dict[str, str] = {_folded(LEDGER_NAME): LEDGER_NAME}
        self._folders: dict[str, str] = {}
        for path, file in (files or {}).items():
            self.add(path, file)

    def add(self, path: str, file: OutputFile) -> None:
        """Record a file. file.origin is named when a later stage writes the same path.

        path: relative, POSIX. Raises TemplateError for a path that not every file system can hold beside the
        others, or that leaves the folder.
        """
        fault = path_fault(path)
        if fault is not None:
            raise TemplateError(f"{path!r} can't be an output path: {fault}", where=file.origin)
        if _folded(path) == _folded(LEDGER_NAME):
            raise TemplateError(f"'{path}' is reserved for the ledger", where=file.origin)
        if path in self._files:
            raise TemplateError(
                f"'{path}' is written twice, first by {self._files[path].origin}", where=file.origin
            )
        self._check_neighbours(path, file.origin)
        self._files[path] = file
        self._by_folded[_folded(path)] = path
        for folder in _folders_of(path):
            self._folders.setdefault(_folded(folder), folder)

    def _check_neighbours(self, path: str, origin: str) -> None:
        twin = self._by_folded.get(_folded(path))
        if twin is not None:
            raise TemplateError(
                f"'{path}' and '{twin}' are the same file on a file system that ignores case", where=origin
            )
        if _folded(path) in self._folders:
            raise TemplateError(f"'{path}' is both a file and a folder", where=origin)
        for folder in _folders_of(path):
            if _folded(folder) in self._by_folded:
                raise TemplateError(f"'{folder}' is both a folder and a file", where=origin)
            known = self._folders.get(_folded(folder), folder)
            if known != folder:
                raise TemplateError(
                    f"the folders '{folder}' and '{known}' are the same on a file system that ignores case",
                    where=origin,
                )

    def __getitem__(self, path: str) -> OutputFile:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)


def _folders_of(path: str) -> tuple[str, ...]:
    components = path.split("/")
    return tuple("/".join(components[:end]) for end in range(1, len(components)))
