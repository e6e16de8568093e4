"""Work that is remembered: stored jobs, uploads, jobs on their way, answers once given."""
