"""The one exception root. Every error says what is wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def did_you_mean(name: str, known: Iterable[str], otherwise: str | None = None, *, most: int = 1) -> str:
    """The hint for an unknown name: the nearest spellings or, if none is near, all known names.

    otherwise: the hint if none is near, instead of all names. most: how many spellings to offer.
    """
    from difflib import get_close_matches

    names = sorted(set(known))
    close = sorted(get_close_matches(name, names, n=most))
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    if otherwise is not None:
        return otherwise
    return "known names: " + ", ".join(names) if names else "there are none"


class MlfgenError(Exception):
    """An error that the user can act on.

    what:  what is wrong, as one sentence.
    where: the file, member, key or pool it was found in, or None.
    hint:  what to do about it, or None.

    Only the faces (``cli``, ``projectapi``) print; everyone else raises.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = self.what if self.where is None else f"{self.where}: {self.what}"
        return text if self.hint is None else f"{text}\n  hint: {self.hint}"


class UsageError(MlfgenError):
    """An option or argument is wrong."""


class UsageErrors(UsageError):
    """Several options are wrong. errors: each of them, at least one, in the order in which they are reported."""

    def __init__(self, errors: Sequence[MlfgenError]) -> None:
        super().__init__("; ".join(error.what for error in errors), hint=errors[0].hint)
        self.errors = tuple(errors)


def all_of(errors: Sequence[MlfgenError]) -> MlfgenError:
    """One exception for one or more errors."""
    return errors[0] if len(errors) == 1 else UsageErrors(errors)


class Mistakes:
    """Calls checks and keeps what they raise, so that one mistake does not hide the next."""

    def __init__(self) -> None:
        self.errors: list[MlfgenError] = []

    def by(self, check: Callable[..., _T], *arguments: object) -> _T | None:
        """What check returns; None after an error."""
        try:
            return check(*arguments)
        except UsageErrors as error:
            self.errors += error.errors
        except MlfgenError as error:
            self.errors.append(error)
        return None

    def tell(self) -> None:
        """Raise all errors so far as one."""
        if self.errors:
            raise all_of(self.errors)


class NameClashError(UsageError):
    """Two models have the same name."""

    def __init__(self, what: str, *, name: str, hint: str) -> None:
        super().__init__(what, hint=hint)
        self.name = name


class UnknownPoolError(UsageError):
    """An option names a pool that no model has."""

    def __init__(self, what: str, *, pool: str, hint: str) -> None:
        super().__init__(what, hint=hint)
        self.pool = pool


class ArchiveError(MlfgenError):
    """An archive is broken, hostile, or of a kind that can't be used."""


class BoardError(MlfgenError):
    """A board file is wrong, or a board can't do what is asked of it."""


class PlanError(MlfgenError):
    """A memory plan is impossible or wrong."""


class DoesNotFitError(PlanError):
    """The model's pools do not fit the board: the first fence."""


class TemplateError(MlfgenError):
    """A template is wrong, or prints something that it must not."""


class TargetError(MlfgenError):
    """The output folder is not what it should be, or contains edits that would be lost."""


class ToolMissingError(MlfgenError):
    """A required program is not installed."""

    exit_code = 1


class BuildError(MlfgenError):
    """The firmware does not build."""

    exit_code = 1


class RunError(MlfgenError):
    """The firmware does not run, or does not finish as it should."""

    exit_code = 1


class VerifyError(MlfgenError):
    """The firmware runs, but its outputs differ from the expected ones."""

    exit_code = 1
