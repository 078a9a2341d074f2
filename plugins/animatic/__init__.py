"""Animatics: an animated storyboard drawn from an episode's script, to try the joke before filming it."""

from plugins.animatic.film import draw_animatic, draw_for_slug

__all__ = ["draw_animatic", "draw_for_slug"]
