"""What every page is made of: the page, its forms, and what was typed and not saved."""
