"""The forces: which plugins there are, loading them, and asking them. Everything else of this package is private."""

from cara.platform.plugins.facade import Forces
from cara.platform.plugins.installed import installed_plugins
from cara.platform.plugins.loader import check_plugins, load_forces

__all__ = ["Forces", "check_plugins", "installed_plugins", "load_forces"]
