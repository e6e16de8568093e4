"""Work that survives a crash: stored jobs, uploads, queued jobs and idempotency records."""
