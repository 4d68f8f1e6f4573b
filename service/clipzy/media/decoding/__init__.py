"""From a file to frames: containers, packets, decoders, and the one pass that all who want frames share."""
