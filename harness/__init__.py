"""What tests and benches stand on: the simulation, real servers as children, fakes of ports."""
