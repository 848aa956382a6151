"""C as far as its reader needs it: comments, strings and long tables removed, functions separated.

This is not a C parser. It relies on how TVM prints C (``codegen_c_host.cc``, ``source_module.cc``) only in the
patterns that the callers search for, never for telling code from comments and strings.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from msgspec import Struct

from generator.errors import ArchiveError

# A table of plain numbers can't contain a comment, string or brace, so it is skipped in one step: weights
# are nine tenths of the text. Short ones stay: TVM describes tensor shapes with them.
_LEXEMES = re.compile(
    r"""//(?:[^\\\n]|\\[ \t\r]*\n|\\)* | /\*.*?\*/
      | "(?P<plain>[^"\n]*)(?<!\\)" | "(?P<escaped>[^"\\\n]*(?:\\.[^"\\\n]*)*)"
      | '[^'\\\n]*(?:\\.[^'\\\n]*)*'
      | (?P<open>/\*|["'])
      | =\s*\{(?P<table>[-+0-9a-fA-FxXuUlLpP.,\s]{256,})\}
    """,
    re.VERBOSE | re.DOTALL,
)
_CPLUSPLUS = re.compile(r"#[ \t]*ifdef[ \t]+__cplusplus\b[^#]*#[ \t]*endif\b")
_DIRECTIVE = re.compile(r"#[ \t]*(\w+)([^\n\\]*(?:\\.[^\n\\]*)*)", re.DOTALL)
_DEFINITION = re.compile(r"\s*(\w+)(.*)", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_LAST_WORD = re.compile(r"\w+\Z", re.ASCII)
_STRING_ID = re.compile(r'"(\d+)"')


class Function(Struct, frozen=True):
    """A function definition; parameters and body as lexed text (see CSource.text)."""

    name: str
    parameters: str
    body: str
    start: int = 0


class CSource(Struct, frozen=True, dict=True):
    """One C file, lexed.

    text:     without comments, directives and tables; each string literal is ``"N"``, an index into strings, and
              ``#`` stands where a header is included.
    strings:  the literals' contents, escapes as written.
    includes: the headers it includes, in order, without quotes or brackets.
    macros:   name -> replacement text (with the parameter list in front, where it has one); None where it is
              defined twice and differently.
    """

    path: str
    text: str
    strings: tuple[str, ...]
    includes: tuple[str, ...]
    macros: dict[str, str | None]

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The function definitions in order. Raises ArchiveError when braces don't balance."""
        found = []
        depth, start, boundary = 0, 0, 0
        for brace in _BRACE.finditer(self.text):
            at = brace.start()
            if brace[0] == "{":
                if depth == 0:
                    start = at
                depth += 1
                continue
            depth -= 1
            if depth < 0:
                raise self._unbalanced()
            if depth == 0:
                head = _head(self.text[boundary:start].rpartition(";")[2])
                if head:
                    found.append(Function(*head, self.text[start + 1 : at], start))
                boundary = at + 1
        if depth:
            raise self._unbalanced()
        return tuple(found)

    def function_at(self, position: int) -> str | None:
        """The name of the function whose body holds a position in text."""
        index = bisect_right([function.start for function in self.functions], position) - 1
        if index < 0:
            return None
        function = self.functions[index]
        return function.name if position <= function.start + len(function.body) else None

    def string(self, token: str) -> str:
        """The content of the literal that stands as ``"N"`` in text."""
        match = _STRING_ID.fullmatch(token)
        return self.strings[int(match[1])] if match else ""

    def _unbalanced(self) -> ArchiveError:
        return ArchiveError("the braces don't balance", where=self.path, hint="export the model again")


def scan(text: str, path: str) -> CSource:
    """Lex one C file; path names it in errors. Raises ArchiveError for comments and strings without end."""
    strings: list[str] = []

    def lexeme(match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind is None:
            # A character constant contains nothing that is searched for; a comment counts as a blank.
            return " "
        if kind == "table":
            return "= {}"
        if kind == "open":
            what = "comment" if match[kind] == "/*" else "string"
            raise ArchiveError(f"unterminated {what}", where=path, hint="export the model again")
        strings.append(match[kind])
        return f'"{len(strings) - 1}"'

    code = _CPLUSPLUS.sub("", _LEXEMES.sub(lexeme, text))
    includes: list[str] = []
    macros: dict[str, str | None] = {}

    def directive(match: re.Match[str]) -> str:
        if match[1] == "include":
            operand = match[2].strip()
            quoted = _STRING_ID.fullmatch(operand)
            includes.append(strings[int(quoted[1])] if quoted else operand.strip("<> "))
            # Inside a function, it may be code that must not be ignored.
            return "#"
        if match[1] == "define" and (definition := _DEFINITION.match(match[2])):
            name, value = definition.groups()
            macros[name] = value if macros.get(name, value) == value else None
        return ""

    return CSource(path, _DIRECTIVE.sub(directive, code), tuple(strings), tuple(includes), macros)


def _head(text: str) -> tuple[str, str] | None:
    """(name, parameters) of the function definition whose body follows text, or None if it begins none."""
    text = text.rstrip()
    opening = text.rfind("(")
    if opening < 0 or text.find(")", opening) != len(text) - 1:
        return None
    name = text[:opening].rstrip()
    # Without the bound a file that is one long word would be searched from each of its letters.
    word = _LAST_WORD.search(name[-1000:])
    return (word[0], text[opening + 1 : -1]) if word else None
