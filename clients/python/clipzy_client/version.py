"""The version of this client; its distribution takes it from here."""

__version__ = "0.1.0"
