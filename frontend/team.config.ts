import { configurationOf } from "./e2e/configuration";

// In front of a team's stack, as docker-compose.yml has it: `make test-team`.
export default {
  ...configurationOf("team", {
    port: 18451,
    // `exec`: so that it is this program that is told to end, and not a shell.
    command: (port) => `cd .. && exec .venv/bin/python -m tests.team.served --port ${port}`,
    // Through the interface's server to the backend, which refuses whoever is not signed in.
    ready: "/api/v1/session",
    startSeconds: 180,
    stopSeconds: 30,
  }),
  testMatch: ["sign-in.spec.ts", "team.spec.ts"],
};
