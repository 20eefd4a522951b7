"""What the scheduler proposes to a coordinator: asked for, planned beside the pages, shown, and taken in part or not at all."""
