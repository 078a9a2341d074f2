"""Whole builds: the whole of Pelican into a throw-away folder."""
