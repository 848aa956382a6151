"""TVM's Project API as a JSON-RPC server."""
