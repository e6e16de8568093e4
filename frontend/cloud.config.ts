import { configurationOf } from "./e2e/configuration";

// Against the site of template.yaml, before the emulated cloud: `make test-cloud`.
export default {
  ...configurationOf("cloud", {
    port: 18471,
    scheme: "https",
    command: (port, home) =>
      `cd .. && exec .venv/bin/python -m tests.template.served --port ${port} --home ${home}/system`,
    ready: "/health/ready",
    startSeconds: 60,
    stopSeconds: 15,
  }),
  testMatch: ["cloud.spec.ts", "policy.spec.ts"],
};
