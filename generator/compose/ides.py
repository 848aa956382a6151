"""Which IDEs an application comes with files for."""

from __future__ import annotations

from generator.model.ides import ALL_IDES, IDES
from generator.model.options import GenerateOptions


def project_ides(options: GenerateOptions) -> tuple[str, ...]:
    """Names of IDES."""
    return IDES if options.ides == (ALL_IDES,) else options.ides
