"""What is put into a stage's container; `mline_shim.py` alone goes in."""
