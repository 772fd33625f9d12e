"""The model against recorded history: what was recorded, what the model says, and how far apart they are."""
