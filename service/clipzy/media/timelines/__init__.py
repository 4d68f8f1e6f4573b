"""Edit plans as editing programs read them."""
