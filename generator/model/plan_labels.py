"""What people call the parts of a memory plan. No planner looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PlanLabels:
    """Words for the pictures and explanations of one plan; whatever is left out goes by its own name.

    operators: what runs at each operator index, from 0 on; operators that are planned nest by nest are named
               once a nest.
    buffers:   buffer name -> what a person calls it.
    kinds:     buffer name -> ``tensor`` (the default), ``scratch``, ``input``, ``output`` or ``variable``.
    intervals: buffer name -> ascending half-open intervals of operator indices in which it holds something,
               for buffers whose lifespan has gaps.
    """

    operators: tuple[str, ...] = ()
    buffers: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    intervals: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
