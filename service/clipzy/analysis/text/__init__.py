"""Text burned into the picture: found, read and followed."""
