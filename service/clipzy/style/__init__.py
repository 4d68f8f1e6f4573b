"""The domain of style: values and pure functions; numpy and the standard library only."""
