"""CARA: one platform for many police forces. Force plugins import `cara.api` and nothing else of this package."""

__version__ = "0.1.0"
