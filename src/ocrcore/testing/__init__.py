"""Contract suites, builders and a simulation, for the tests of adapters."""
