"""An AOT main function as the fixed order of what it does: requests workspace, calls operators, releases it.

TVM prints it as a straight line of statements (``src/relay/backend/aot_executor_codegen.cc``,
``src/target/source/codegen_c_host.cc``). With the packed interface each call's arguments are DLTensors that it
fills in arrays of its own first, so those arrays' contents are followed too.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from generator.liveness.operator import freed_variable, requested_variable
from generator.liveness.syntax import (
    CFunction,
    CProgram,
    UnreadableError,
    arguments,
    integer,
    kind_of,
    pointed_type,
    variable,
)

_ODD_CALL = "calls an operator in a way that is not analysed"


class Place(Struct, frozen=True):
    """What a pointer of the main function points at.

    kind: ``request`` (index counts its requests), ``parameter`` (index counts its parameters, or the packed
    arguments), or one of its own: ``args``, ``handle`` as for operators, ``array`` (name: which).
    name:   of the variable that holds an address inside a parameter's memory.
    offset: elements into a parameter's memory, or the index into an array.
    """

    kind: str
    index: int
    name: str = ""
    offset: int = 0


class Ask(Struct, frozen=True):
    """Request number ``index``, assigned to ``variable``."""

    index: int
    variable: str


class GiveBack(Struct, frozen=True):
    index: int


class Call(Struct, frozen=True):
    """An operator call. places: what each argument points at; None for other values."""

    function: str
    places: tuple[Place | None, ...]


Action = Ask | GiveBack | Call


def read_main(program: CProgram, name: str, *, packed: bool) -> tuple[Action, ...]:
    """The actions of a main function in order. Raises UnreadableError."""
    function = program.function(name)
    reader = _MainReader(program, function, packed)
    try:
        for statement in function.statements:
            reader.read(statement)
    except RecursionError as error:
        raise UnreadableError("nests its expressions too deeply") from error
    asked = sum(isinstance(action, Ask) for action in reader.actions)
    freed = sum(isinstance(action, GiveBack) for action in reader.actions)
    if (asked, freed) != (function.allocations, function.frees):
        raise UnreadableError("requests workspace in a loop or on a condition")
    return tuple(reader.actions)


class _MainReader:
    def __init__(self, program: CProgram, function: CFunction, packed: bool) -> None:
        self.actions: list[Action] = []
        self._program = program
        self._packed = packed
        self._requests: dict[str, int] = {}
        self._places: dict[str, Place] = {}
        self._local: set[str] = set()
        #: (array, index, member) -> what was stored there
        self._stored: dict[tuple[str, int, str], Place | None] = {}
        self._elements: dict[str, str | None] = {}
        for index, (name, pointed) in enumerate(function.parameters):
            if packed and index == 0:
                self._places[name] = Place("args", 0)
            elif pointed is not None and not packed:
                self._places[name] = Place("parameter", index)

    def read(self, statement: Any) -> None:
        asked, freed = requested_variable(statement), freed_variable(statement)
        kind = kind_of(statement)
        if kind == "Decl" and not {"static", "extern"}.intersection(statement.storage):
            self._local.add(statement.name)
        if asked is not None:
            index = len(self._requests)
            if asked in self._places:
                raise UnreadableError("uses one variable for two requests")
            self._requests[asked] = index
            self._bind(asked, Place("request", index))
            self.actions.append(Ask(index, asked))
        elif freed is not None:
            if freed not in self._requests:
                raise UnreadableError("frees workspace that it did not request")
            self.actions.append(GiveBack(self._requests[freed]))
        elif kind == "Decl":
            self._declare(statement)
        elif kind == "Assignment" and statement.op == "=":
            self._store(statement)
        elif kind == "If":
            self._check(statement)
        elif kind == "FuncCall":
            self._call(statement)
        elif kind == "Return":
            if integer(statement.expr) is None:
                raise UnreadableError("returns something other than a number")
        elif kind != "EmptyStatement":
            raise UnreadableError("is not a straight sequence of calls")

    def _declare(self, node: Any) -> None:
        if kind_of(node.type) == "ArrayDecl" and node.init is None:
            self._places[node.name] = Place("array", 0, node.name)
        elif node.init is not None:
            self._bind(node.name, self._value(node.init))

    def _bind(self, name: str, place: Place | None) -> None:
        if name in self._places:
            raise UnreadableError("assigns to a pointer twice")
        if place is not None:
            if name not in self._local:
                raise UnreadableError("keeps an address in a global variable")
            self._places[name] = replace(place, name=name) if place.kind == "parameter" else place

    def _store(self, node: Any) -> None:
        name = variable(node.lvalue)
        if name is not None:
            self._bind(name, self._value(node.rvalue))
            return
        member, target = "", node.lvalue
        while kind_of(target) == "StructRef" and target.type == ".":
            member, target = f"{target.field.name}.{member}" if member else target.field.name, target.name
        place = self._element(target)
        if place is None:
            raise UnreadableError("stores into memory other than its own arrays")
        if not member or member.startswith("v_"):
            # It takes the place of the whole element, or of the other members of a union.
            for other in ("v_handle", "data"):
                self._stored.pop((place.name, place.offset, other), None)
        self._stored[(place.name, place.offset, member)] = self._value(node.rvalue)

    def _check(self, node: Any) -> None:
        """``if (call != 0) return -1;`` and conditions on values, behind which nothing is done but returning."""
        for branch in (node.iftrue, node.iffalse):
            items = [branch] if kind_of(branch) != "Compound" else branch.block_items or []
            if any(kind_of(item) not in ("", "Return", "EmptyStatement") for item in items):
                raise UnreadableError("does more than return on some condition")
        cond = node.cond
        if kind_of(cond) == "BinaryOp" and kind_of(cond.left) == "FuncCall" and not _holds_call(cond.right):
            self._call(cond.left)
        elif _holds_call(cond):
            raise UnreadableError(_ODD_CALL)

    def _call(self, node: Any) -> None:
        name = variable(node.name)
        given = arguments(node)
        if name is None or name not in self._program or any(_holds_call(argument) for argument in given):
            raise UnreadableError(_ODD_CALL)
        places = [self._value(argument) for argument in given]
        found = self._unpacked(given, places) if self._packed else places
        if any(place is not None and place.kind not in ("request", "parameter") for place in found):
            raise UnreadableError(_ODD_CALL)
        if not self._packed:
            self._check_parameters(name, found)
        self.actions.append(Call(name, tuple(found)))

    def _check_parameters(self, name: str, places: list[Place | None]) -> None:
        try:
            parameters = self._program.function(name).parameters
        except UnreadableError:
            # What can't be read may touch all it is handed.
            return
        pointers = [pointed is not None for _, pointed in parameters]
        if any(place is not None and pointers[i : i + 1] != [True] for i, place in enumerate(places)):
            raise UnreadableError(f"passes an address to {name} as another type")

    def _unpacked(self, given: list[Any], places: list[Place | None]) -> list[Place | None]:
        """What the DLTensors of a packed call point at."""
        count = integer(given[2]) if len(given) == 6 else None
        values = places[0] if places else None
        elsewhere = any(place is not None and place.kind != "array" for place in places[1:])
        if count is None or values is None or values.kind != "array" or elsewhere:
            raise UnreadableError(_ODD_CALL)
        found = []
        for index in range(values.offset, values.offset + count):
            tensor = self._stored.get((values.name, index, "v_handle"))
            if tensor is None:
                raise UnreadableError(_ODD_CALL)
            found.append(self._data(tensor))
        return found

    def _data(self, tensor: Place) -> Place | None:
        if tensor.kind == "handle":
            return Place("parameter", tensor.index)
        if tensor.kind != "array" or (tensor.name, tensor.offset, "data") not in self._stored:
            raise UnreadableError(_ODD_CALL)
        return self._stored[(tensor.name, tensor.offset, "data")]

    def _value(self, node: Any) -> Place | None:
        """What an expression points at; None for numbers and for constants of the program."""
        kind = kind_of(node)
        if kind == "ID":
            return self._places.get(node.name)
        if kind == "Cast":
            return self._value(node.expr)
        if kind == "StructRef" and node.type == ".":
            return self._member(node)
        if kind == "UnaryOp" and node.op == "&" and kind_of(node.expr) == "ArrayRef":
            return self._moved(self._array(node.expr.name), integer(node.expr.subscript))
        if kind == "BinaryOp" and node.op == "+":
            return self._moved(self._array(node.left), integer(node.right))
        if self._mentions(node) or _holds_call(node):
            raise UnreadableError("uses an address in a way that is not analysed")
        return None

    def _member(self, node: Any) -> Place | None:
        base = node.name
        if kind_of(base) == "StructRef":
            # device.device_id and similar: not an address
            return None
        if kind_of(base) != "ArrayRef":
            raise UnreadableError("uses a structure in a way that is not analysed")
        pointer, index = self._array(base.name), integer(base.subscript)
        if pointer is None or index is None:
            raise UnreadableError("uses a structure in a way that is not analysed")
        if pointer.kind == "args":
            return Place("handle", index) if node.field.name == "v_handle" else None
        if pointer.kind == "handle" and index == 0:
            return Place("parameter", pointer.index) if node.field.name == "data" else None
        if pointer.kind == "array":
            return self._stored.get((pointer.name, pointer.offset + index, node.field.name))
        raise UnreadableError("uses a structure in a way that is not analysed")

    def _element(self, node: Any) -> Place | None:
        """The element of an array of its own that an expression names, or None."""
        if kind_of(node) != "ArrayRef":
            return None
        place = self._moved(self._array(node.name), integer(node.subscript))
        return place if place is not None and place.kind == "array" else None

    def _array(self, node: Any) -> Place | None:
        """What a pointer to elements points at. Elements of an array must have one type, or indices mean nothing."""
        place = self._value(node)
        if place is not None and place.kind == "array":
            element = pointed_type(node.to_type.type) if kind_of(node) == "Cast" else ""
            if self._elements.setdefault(place.name, element) != element:
                raise UnreadableError("uses an array for elements of two types")
        return place

    @staticmethod
    def _moved(place: Place | None, count: int | None) -> Place | None:
        if place is None:
            return None
        if count is None or count < 0 or place.kind not in ("array", "parameter"):
            raise UnreadableError("uses an address in a way that is not analysed")
        return Place(place.kind, place.index, place.name, place.offset + count)

    def _mentions(self, node: Any) -> bool:
        """Whether an expression uses one of the addresses that are followed, other than for comparing it."""
        if kind_of(node) == "ID":
            place = self._places.get(node.name)
            return place is not None and place.kind != "array"
        if kind_of(node) == "BinaryOp" and node.op in ("==", "!="):
            return False
        return any(self._mentions(child) for _, child in node.children())


def _holds_call(node: Any) -> bool:
    if kind_of(node) == "FuncCall":
        return True
    return any(_holds_call(child) for _, child in node.children())
