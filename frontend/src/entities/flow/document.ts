/** The flow document as drafts hold it. */
import type { Schemas } from "@/shared/api/client";

export type EngineNode = Schemas["Flow"]["nodes"][number];
export type NodeType = EngineNode["type"];

/** As written in the draft: possibly half-filled, possibly with keys that we do not know. */
export type Configuration = Readonly<Record<string, unknown>>;
