"""Forecasters of the workbench, one file each; the file's name is the forecaster's name."""
