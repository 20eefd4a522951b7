"""Pages: layout, components, forms, problem pages. Holds no rule of the field and opens no session."""
