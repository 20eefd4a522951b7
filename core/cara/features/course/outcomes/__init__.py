"""How a course ends: closure, breach and its report."""
