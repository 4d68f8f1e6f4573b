"""How a stage asks a network: one protocol, over gRPC to Triton or in process."""
