"""What an e-mail says: compiling it, and whom it addresses."""
