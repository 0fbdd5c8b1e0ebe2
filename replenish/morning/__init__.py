"""The morning of ordering: from files and a bundle to one order per item."""
