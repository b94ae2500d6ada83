"""Floor 2: learning from finished windows."""
