"""What all routes share: authentication, error boundary, request bodies, problems, paths."""
