"""Plugins on the path, for commands that ask them."""

from cara.platform.plugins.conftest import install

__all__ = ["install"]
