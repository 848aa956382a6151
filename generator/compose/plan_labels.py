"""What a person calls the parts of the plan that was made for a model."""

from __future__ import annotations

from generator.model.liveness import Liveness
from generator.model.plan_labels import PlanLabels


def liveness_labels(liveness: Liveness) -> PlanLabels:
    """For a plan whose operator indices are the steps of a run."""
    return PlanLabels(
        operators=tuple(step.function for step in liveness.steps),
        runs=tuple(step.call for step in liveness.steps),
        kinds={buffer.name: buffer.kind for buffer in liveness.buffers},
    )
