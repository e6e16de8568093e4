// @ts-check
/**
 * The import rules of the interface, checked on resolved files, however imports are spelled: app →
 * features → entities → shared. `walls.test.ts` shows that a violation of each is detected.
 */

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "shared-knows-no-product",
      comment: "shared is for any program: it knows no entity, feature or page.",
      severity: "error",
      from: { path: "^src/shared/" },
      to: { path: "^src/(entities|features|app)/" },
    },
    {
      name: "entities-know-no-feature",
      comment: "What several features need of a thing is in entities; what is done with it is not.",
      severity: "error",
      from: { path: "^src/entities/" },
      to: { path: "^src/(features|app)/" },
    },
    {
      name: "features-know-no-page",
      severity: "error",
      from: { path: "^src/features/" },
      to: { path: "^src/app/" },
    },
    {
      name: "features-know-no-other",
      comment: "What two features need goes to entities, or to shared.",
      severity: "error",
      from: { path: "^src/features/([^/]+)/" },
      to: { path: "^src/features/", pathNot: "^src/features/$1/" },
    },
    {
      name: "model-knows-no-canvas",
      comment: "What is drawn is decided without React and without the rest of the builder.",
      severity: "error",
      from: { path: "^src/features/builder/model/" },
      to: {
        path: ["^src/features/builder/", "^node_modules/(react|react-dom|next|@xyflow/react)/"],
        pathNot: "^src/features/builder/(model/|texts.ts)",
      },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolved",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ["import", "require", "node", "default", "types"] },
  },
};
