"""What goes over the wire: pydantic models, their bounds and their examples."""
