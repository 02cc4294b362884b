"""What a text holds that its readers do not see: concealment, undone layer by layer. The door is ``layer``."""
