"""A west workspace that holds the sources which applications are built from."""

from __future__ import annotations

from msgspec import Struct

MB = 1_000_000


class SourceProject(Struct, frozen=True):
    """A repository in the workspace, at one pinned revision and without history.

    name:           west's; slug: ``owner/name`` on GitHub. path: below the workspace's folder.
    download_bytes, disk_bytes: measured once, for telling before it is fetched; 0 when not known.
    imports:        names of the projects that this one's own manifest names and that are fetched with it.
    """

    name: str
    slug: str
    revision: str
    path: str
    download_bytes: int = 0
    disk_bytes: int = 0
    imports: tuple[SourceProject, ...] = ()


class WorkspaceContent(Struct, frozen=True):
    """What the shared west workspace is made of.

    projects: what the workspace's manifest names, in its order.
    """

    projects: tuple[SourceProject, ...]

    @property
    def all_projects(self) -> tuple[SourceProject, ...]:
        """With what is imported."""
        return tuple(each for project in self.projects for each in (project, *project.imports))
