/** The flow document as drafts contain it. */
import type { Schemas } from "@/shared/api/client";

export type EngineNode = Schemas["Flow"]["nodes"][number];
export type NodeType = EngineNode["type"];

/** As in the draft: it may be incomplete and may have unknown keys. */
export type Configuration = Readonly<Record<string, unknown>>;
