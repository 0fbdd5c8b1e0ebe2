"""How good forecasters are on periods they have not seen, and which of them to order on."""
