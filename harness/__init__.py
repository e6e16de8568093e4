"""The basis of tests and benches: simulation, real servers as child processes, fakes of ports."""
