"""The commands of `cara`, one a module, each imported only when it is typed."""
