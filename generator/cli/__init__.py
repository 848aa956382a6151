"""The command line: translate, print, exit code."""
