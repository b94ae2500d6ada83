"""The parts of the simulated world: its disturbances, its tables, its truth. `features.simulate` puts them together."""
