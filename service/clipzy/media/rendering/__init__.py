"""From an edit plan to a file: footage is read, worked on, encoded and checked."""
