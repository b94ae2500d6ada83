"""Floor 3: how scores reach people and programs."""
