"""Planners: ``PlanProblem`` in, validated ``MemoryPlan`` out."""
