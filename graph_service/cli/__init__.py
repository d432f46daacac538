"""The command line: thin.  It reads options, asks a `graph_service.graph.Graph`, and prints the answer."""
