"""Composers: archive, plan, board and options in, ``Project`` out. Pure."""
