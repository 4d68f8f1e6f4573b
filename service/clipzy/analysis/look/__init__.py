"""Colour: how a video looks, and looks made of sliders."""
