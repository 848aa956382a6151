"""The whole route, and the only place that knows it.

archive -> model -> memory plan -> project -> files -> build -> run -> verdict

Nothing is imported here: each command brings in its part of the route alone.
"""
