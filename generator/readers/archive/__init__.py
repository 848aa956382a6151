"""Model Library Format archives: an untrusted tar or folder becomes an ``Archive``."""
