"""Which buffers a statement reads and writes: addresses are followed through casts, sums and variables.

The analysis takes every path and every variable's every value together, so it may find accesses that never
happen, but misses none: what it can't follow is an UnreadableError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from generator.liveness.labels import (
    LIBRARY,
    MEMORY,
    NOTHING,
    READ,
    WRITE,
    Effect,
    Label,
    Labels,
    target_of,
)
from generator.liveness.loops import MAX_ACCESSES, loop_turns, moved_words
from generator.liveness.syntax import (
    ALLOCATE,
    FREE,
    UnreadableError,
    arguments,
    integer,
    kind_of,
    pointed_type,
    variable,
)

_COMPARISONS = frozenset(("==", "!=", "<", ">", "<=", ">=", "&&", "||"))
#: an array in memory turns into its address where it is named, which looks like a load of a value
OF_ARRAYS = "uses a buffer through a pointer to arrays, structures or pointers"
_STEPPING = frozenset(("++", "--", "p++", "p--"))


class AccessReader:
    """Reads the statements of one function, in order.

    names:   variable -> what it may point at; grows while statements are read, so they must be read again
             until it does not.
    callees: name of a function -> its effect on what each parameter points at (None: no pointer), or None
             when the archive doesn't define it; raises UnreadableError.
    """

    def __init__(
        self,
        names: Mapping[str, Labels],
        callees: Callable[[str], Sequence[Effect | None] | None],
    ) -> None:
        self.names = dict(names)
        self.effects: dict[Label, Effect] = {}
        self._callees = callees
        self._local = set(names)
        #: variable -> why an address in it could not be followed
        self._barred: dict[str, str] = {}
        self._requests: dict[int, Label] = {}
        #: how many conditions the next access depends on; after a jump out everything does
        self._branches = 0
        #: how often the loops around the next access run it
        self._turns = 1

    def read(self, statement: Any) -> dict[Label, Effect]:
        """The effects of one statement. Raises UnreadableError."""
        self.effects = {}
        self._branches = 0
        self._turns = 1
        self._statement(statement)
        return self.effects

    def _statement(self, node: Any) -> None:
        kind = kind_of(node)
        if kind in ("", "EmptyStatement"):
            return
        if kind in ("Break", "Continue"):
            self._branches += 1
        elif kind == "Compound":
            for item in node.block_items or ():
                self._statement(item)
        elif kind == "DeclList":
            for item in node.decls:
                self._declare(item)
        elif kind == "Decl":
            self._declare(node)
        elif kind in ("For", "While", "DoWhile", "If", "Switch"):
            self._branch(node, kind)
        elif kind in ("Case", "Default"):
            for item in node.stmts or ():
                self._statement(item)
        elif kind == "Return":
            if node.expr is not None and self._value(node.expr):
                raise UnreadableError("returns an address")
            self._branches += 1
        elif kind in ("Goto", "Label"):
            raise UnreadableError("jumps with goto")
        else:
            self._value(node)

    def _branch(self, node: Any, kind: str) -> None:
        if kind == "DoWhile":
            self._statement(node.stmt)
            self._value(node.cond)
            return
        if kind == "For":
            self._statement(node.init)
        if node.cond is not None:
            self._value(node.cond)
        turns = loop_turns(node) if kind == "For" else 0
        outside = self._turns
        self._turns *= max(turns, 1)
        with self._maybe(not turns):
            if kind == "If":
                self._statement(node.iftrue)
                self._statement(node.iffalse)
            else:
                self._statement(node.stmt)
                if kind == "For":
                    self._statement(node.next)
        self._turns = outside

    def _declare(self, node: Any) -> None:
        if kind_of(node.type) == "FuncDecl":
            return
        self._local.add(node.name)
        if {"static", "extern"}.intersection(node.storage):
            self._barred[node.name] = "keeps an address beyond its own run"
        elif pointed_type(node.type) == "":
            self._barred[node.name] = OF_ARRAYS
        self._dimensions(node.type)
        if node.init is None:
            return
        labels = self._value(node.init)
        if not labels:
            return
        if kind_of(node.init) == "InitList":
            raise UnreadableError("stores an address in memory")
        self._bind(node.name, labels)

    def _dimensions(self, declared: Any) -> None:
        """A type's array sizes are computed where it is named."""
        while kind_of(declared) in ("ArrayDecl", "PtrDecl"):
            if kind_of(declared) == "ArrayDecl" and declared.dim is not None:
                self._value(declared.dim)
            declared = declared.type

    def _bind(self, name: str, labels: Labels) -> None:
        if name not in self._local:
            raise UnreadableError("keeps an address in a global variable")
        if name in self._barred:
            raise UnreadableError(self._barred[name])
        self.names[name] = self.names.get(name, NOTHING) | labels

    @contextmanager
    def _maybe(self, uncertain: bool) -> Iterator[None]:
        self._branches += uncertain
        yield
        self._branches -= uncertain

    def _value(self, node: Any) -> Labels:
        """What the value of an expression may point at; its accesses are noted."""
        kind = kind_of(node)
        if kind == "Constant":
            return NOTHING
        if kind == "Typename":
            self._dimensions(node.type)
            return NOTHING
        if kind == "ID":
            return self.names.get(node.name, NOTHING)
        if kind == "Cast":
            self._value(node.to_type)
            labels = self._value(node.expr)
            if labels and pointed_type(node.to_type.type) == "":
                raise UnreadableError(OF_ARRAYS)
            return labels
        if kind in ("ArrayRef", "StructRef"):
            return self._load(node)
        if kind == "UnaryOp":
            return self._unary(node)
        if kind == "BinaryOp":
            left = self._value(node.left)
            with self._maybe(node.op in ("&&", "||")):
                right = self._value(node.right)
            return NOTHING if node.op in _COMPARISONS else left | right
        if kind == "TernaryOp":
            self._value(node.cond)
            with self._maybe(True):
                return self._value(node.iftrue) | self._value(node.iffalse)
        if kind == "Assignment":
            return self._assign(node)
        if kind == "FuncCall":
            return self._call(node)
        if kind in ("ExprList", "InitList"):
            values = [self._value(item) for item in node.exprs]
            return NOTHING.union(*values) if kind == "InitList" else values[-1]
        raise UnreadableError(f"contains a construct that is not analysed ({kind})")

    def _load(self, node: Any) -> Labels:
        if kind_of(node) == "StructRef":
            inner = self._base(node)
            if len(inner) == 1:
                ((kind, index),) = inner
                if kind == "arg":
                    return frozenset({("handle", index)}) if node.field.name == "v_handle" else NOTHING
                if kind == "tensor":
                    return frozenset({("data", index)}) if node.field.name == "data" else NOTHING
                if kind == "inner":
                    return NOTHING
        self._touch(self._place(node), READ)
        return NOTHING

    def _base(self, node: Any) -> Labels:
        """The memory that the structure of a member access lies in."""
        return target_of(self._value(node.name), 0) if node.type == "->" else self._place(node.name)

    def _place(self, node: Any) -> Labels:
        """The memory that an expression names."""
        kind = kind_of(node)
        if kind == "ID":
            if self.names.get(node.name):
                raise UnreadableError("takes a pointer for a structure")
            return NOTHING
        if kind == "ArrayRef":
            base, index = self._value(node.name), self._value(node.subscript)
            return target_of(base | index, integer(node.subscript))
        if kind == "UnaryOp" and node.op == "*":
            return target_of(self._value(node.expr), 0)
        if kind == "StructRef":
            inner = self._base(node)
            return inner if all(label[0] in MEMORY for label in inner) else frozenset({("inner", 0)})
        raise UnreadableError(f"refers to memory in a way that is not analysed ({kind})")

    def _unary(self, node: Any) -> Labels:
        if node.op in ("sizeof", "_Alignof"):
            return self._value(node.expr) if kind_of(node.expr) == "Typename" else NOTHING
        if node.op == "*":
            self._touch(self._place(node), READ)
            return NOTHING
        if node.op == "&":
            if kind_of(node.expr) == "ID" and self.names.get(node.expr.name):
                raise UnreadableError("takes the address of a pointer")
            labels = self._place(node.expr)
            if any(label[0] not in MEMORY for label in labels):
                raise UnreadableError("takes the address of an argument")
            return labels
        if node.op in _STEPPING and kind_of(node.expr) != "ID":
            self._touch(self._place(node.expr), READ)
            self._touch(self._place(node.expr), WRITE)
            return NOTHING
        labels = self._value(node.expr)
        return NOTHING if node.op == "!" else labels

    def _assign(self, node: Any) -> Labels:
        labels = self._value(node.rvalue)
        target = variable(node.lvalue)
        if target is not None:
            if labels:
                self._bind(target, labels)
            return self.names.get(target, NOTHING)
        if labels:
            raise UnreadableError("stores an address in memory")
        place = self._place(node.lvalue)
        if node.op != "=":
            self._touch(place, READ)
        self._touch(place, WRITE)
        return NOTHING

    def _call(self, node: Any) -> Labels:
        name = variable(node.name)
        given = [self._value(argument) for argument in arguments(node)]
        if name == ALLOCATE:
            number = len(self._requests)
            return frozenset({self._requests.setdefault(id(node), ("scratch", number))})
        if name == FREE or not any(given):
            return NOTHING
        if name is None or name in self._local:
            raise UnreadableError("passes a buffer to a function through a pointer")
        effects = LIBRARY.get(name) or self._callees(name)
        if effects is None:
            raise UnreadableError(f"passes a buffer to {name}, whose code is not in the archive")
        for index, labels in enumerate(given):
            if not labels:
                continue
            effect = effects[index] if index < len(effects) else None
            if effect is None:
                raise UnreadableError(f"passes an address to {name} as another type")
            if effect.reads or effect.writes:
                words = moved_words(node) if name in LIBRARY else effect.accesses
                self._touch(labels, replace(effect, accesses=words))
        return given[0] if name in LIBRARY else NOTHING

    def _touch(self, labels: Labels, effect: Effect) -> None:
        certain = self._branches == 0 and len(labels) == 1
        accesses = min(effect.accesses * self._turns, MAX_ACCESSES)
        new = replace(effect, defines=effect.defines and certain, accesses=accesses)
        for label in sorted(labels):
            if label[0] not in MEMORY:
                raise UnreadableError("uses its arguments in a way that is not analysed")
            known = self.effects.get(label)
            self.effects[label] = new if known is None else known.then(new)
