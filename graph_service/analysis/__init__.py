"""What analysts see: neighbourhoods and the ways in which two subjects are connected."""
