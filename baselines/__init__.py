"""Classical policies: one file each, its name is the file's; tuned as hard as the agent."""
