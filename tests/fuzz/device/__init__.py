"""libFuzzer on the device's RPC server."""
