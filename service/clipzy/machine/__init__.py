"""What this machine has: processors, memory, disks, GPU, and the share of them that belongs to this process."""
