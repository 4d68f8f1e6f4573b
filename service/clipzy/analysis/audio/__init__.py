"""What is heard: beats, music, speech and how a sound was treated."""
