import { configurationOf } from "./e2e/configuration";

// Against a team's stack as in docker-compose.yml: `make test-team`.
export default {
  ...configurationOf("team", {
    port: 18451,
    // `exec`, so that the signal to end reaches this program and not a shell.
    command: (port) => `cd .. && exec .venv/bin/python -m tests.team.served --port ${port}`,
    // Through the interface's server to the backend, which refuses requests without a session.
    ready: "/api/v1/session",
    startSeconds: 180,
    stopSeconds: 30,
  }),
  testMatch: ["policy.spec.ts", "sign-in.spec.ts", "team.spec.ts"],
};
