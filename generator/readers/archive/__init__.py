"""Model Library Format archives: a tar or folder that nobody trusts becomes an ``Archive``."""
