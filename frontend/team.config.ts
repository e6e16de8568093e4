import { configurationOf } from "./e2e/configuration";

// In front of a team's stack, as docker-compose.yml has it: `make test-team`.
export default {
  ...configurationOf("team", {
    port: 18451,
    // `exec`: so that it is this program that is told to end, and not a shell.
    command: (port) => `cd .. && exec .venv/bin/python -m tests.team.served --port ${port}`,
    ready: "/app/sign-in",
    startSeconds: 180,
    stopSeconds: 30,
  }),
  testMatch: ["sign-in.spec.ts", "team.spec.ts"],
};
