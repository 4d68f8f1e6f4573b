"""`clipzy doctor`: looks at what the engine needs on this machine; one module for each kind of thing that is looked at."""
