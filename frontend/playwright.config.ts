import { configurationOf } from "./e2e/configuration";

// Against the system of `make run` in its own folder: `make test-browser`.
export default {
  ...configurationOf("browser", {
    port: 18431,
    command: (port, home) =>
      `../.venv/bin/python -m local.cli up --port ${port} --home ${home}/system`,
    ready: "/health/ready",
    startSeconds: 60,
    stopSeconds: 15,
  }),
  testIgnore: ["cloud.spec.ts", "policy.spec.ts", "team.spec.ts"],
};
