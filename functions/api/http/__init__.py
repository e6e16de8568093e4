"""What all routes share: authentication, the error boundary, bodies, problems, paths."""
