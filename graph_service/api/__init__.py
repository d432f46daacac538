"""The HTTP service: questions over the network, with who may ask them, what is masked, and the log of it all."""
