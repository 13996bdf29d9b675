"""How many tokens a workspace's texts cost, and a budget that no number of workers can break."""
