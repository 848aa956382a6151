"""What people call the parts of a memory plan. No planner looks at it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


class PlanLabels(Struct, frozen=True):
    """Words for the pictures and explanations of one plan; whatever is left out goes by its own name.

    operators: what runs at each operator index, from 0 on.
    runs:      for each operator index which run of an operator it is part of, where operators are planned
               loop nest by loop nest; empty where each index is a run of its own.
    buffers:   buffer name -> what a person calls it.
    kinds:     buffer name -> ``tensor`` (the default), ``storage`` (several tensors take turns in it),
               ``scratch``, ``input``, ``output`` or ``variable``.
    """

    operators: tuple[str, ...] = ()
    runs: tuple[int, ...] = ()
    buffers: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
