"""Clipzy ML Engine: learns the style of one video and puts it on another."""

__version__ = "0.1.0"
