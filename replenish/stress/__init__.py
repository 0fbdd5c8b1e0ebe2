"""What a shop may have to stand: each policy played through the same shocks."""
