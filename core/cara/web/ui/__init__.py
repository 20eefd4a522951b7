"""Layout, components, form binding, templates and static files of every page."""
