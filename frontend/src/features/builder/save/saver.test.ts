import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@/shared/api/problem";
import { type Campaign, createSaver, type Kept, SAVE_AFTER_MS } from "./saver";

const campaign: Campaign = {
  campaign_id: "c",
  name: "Welcome",
  status: "draft",
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  version: 0,
  revision: 1,
  from_email: null,
  from_name: null,
  reply_to: null,
  lateness_max_seconds: null,
  launch_at: null,
  launched_at: null,
  ends: "when_through",
  ends_at: null,
  pause_reason: null,
};

function refusal(status: number): ApiError {
  return new ApiError({
    type: "about:blank",
    title: "",
    status,
    code: "x",
    detail: "Not like this.",
    errors: [],
  });
}

/** A server with one draft and a revision, which answers when the test lets it. */
function server() {
  const state = {
    draft: "first" as unknown,
    revision: 1,
    down: false,
    refuses: 0,
    losesAnswers: false,
    puts: 0,
    atOnce: 0,
    most: 0,
  };
  const kept = (): Kept => ({
    etag: `"${state.revision}"`,
    campaign: { ...campaign, revision: state.revision },
    draft: state.draft,
    isPublished: false,
  });
  const drafts = {
    read: async () => {
      if (state.refuses) {
        throw refusal(state.refuses);
      }
      return kept();
    },
    put: async (draft: unknown, etag: string) => {
      state.puts += 1;
      state.atOnce += 1;
      state.most = Math.max(state.most, state.atOnce);
      await new Promise((done) => setTimeout(done, 500));
      state.atOnce -= 1;
      if (state.down) {
        throw refusal(0);
      }
      if (state.refuses) {
        throw refusal(state.refuses);
      }
      if (draft === "bad") {
        throw refusal(422);
      }
      if (etag !== `"${state.revision}"`) {
        throw refusal(412);
      }
      state.draft = draft;
      state.revision += 1;
      if (state.losesAnswers) {
        throw refusal(0);
      }
      return { ...kept(), findings: [] };
    },
  };
  return { state, drafts, kept };
}

describe("saver", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("saves once, a while after the last change", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    saver.touch("a");
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS - 1);
    saver.touch("b");
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS + 600);
    expect(state).toMatchObject({ draft: "b", puts: 1 });
    expect(saver.store.getState().save.kind).toBe("saved");
  });

  it("never has two requests in progress, and saves what changed meanwhile", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    saver.touch("a");
    void saver.flush();
    await vi.advanceTimersByTimeAsync(10);
    saver.touch("b");
    void saver.flush();
    saver.touch("c");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(state).toMatchObject({ draft: "c", most: 1 });
    expect(saver.store.getState().save.kind).toBe("saved");
  });

  it("retries by itself while there is no answer", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    state.down = true;
    saver.touch("a");
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS + 600);
    expect(saver.store.getState().save.kind).toBe("offline");
    state.down = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(state.draft).toBe("a");
    expect(saver.store.getState().save.kind).toBe("saved");
  });

  it("stops at somebody else's draft until a person decides", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    state.draft = "theirs";
    state.revision = 7;
    saver.touch("mine");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(state.draft).toBe("theirs");
    expect(saver.store.getState().save).toMatchObject({
      kind: "conflict",
      theirs: { draft: "theirs" },
    });
    saver.touch("mine, longer");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(state.draft).toBe("theirs");
    void saver.overwrite();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(state.draft).toBe("mine, longer");
  });

  it("does not take a new revision of the same draft for a conflict", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    state.revision = 7;
    saver.touch("mine");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(state.draft).toBe("mine");
    expect(saver.store.getState().save.kind).toBe("saved");
  });

  it("recognises its own draft when only the answer was lost", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    state.losesAnswers = true;
    saver.touch("mine");
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS + 600);
    expect(saver.store.getState().save.kind).toBe("offline");
    state.losesAnswers = false;
    saver.touch("mine, longer");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(saver.store.getState().save.kind).toBe("saved");
    expect(state.draft).toBe("mine, longer");
  });

  it("continues after signing in again", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    state.refuses = 401;
    saver.touch("a");
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS + 600);
    expect(saver.store.getState().save.kind).toBe("offline");
    state.refuses = 0;
    saver.wake();
    await vi.advanceTimersByTimeAsync(600);
    expect(saver.store.getState().save.kind).toBe("saved");
    expect(state.draft).toBe("a");
  });

  it("stops requests for a deleted campaign, and knows that something is not saved", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    state.refuses = 404;
    saver.lose();
    expect(saver.store.getState().save).toEqual({ kind: "gone", isUnsaved: false });
    saver.touch("a");
    expect(saver.store.getState().save).toEqual({ kind: "gone", isUnsaved: true });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.puts).toBe(0);
    const other = createSaver(drafts, kept());
    other.touch("b");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(other.store.getState().save).toEqual({ kind: "gone", isUnsaved: true });
    expect(state.puts).toBe(1);
  });

  it("sees what others did meanwhile, and leaves unsaved changes to the next save", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    state.revision = 5;
    expect(await saver.look()).toBeNull();
    expect(saver.store.getState().kept.etag).toBe('"5"');
    state.draft = "theirs";
    state.revision = 6;
    expect(await saver.look()).toMatchObject({ draft: "theirs" });
    expect(await saver.look()).toBeNull();
    state.draft = "theirs again";
    state.revision = 7;
    const looking = saver.look();
    saver.touch("mine");
    expect(await looking).toBeNull();
    expect(saver.store.getState().kept.etag).toBe('"6"');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(saver.store.getState().save.kind).toBe("conflict");
  });

  it("notices a deletion when it checks, and nothing if there is no answer", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    state.refuses = 500;
    expect(await saver.look()).toBeNull();
    expect(saver.store.getState().save.kind).toBe("saved");
    state.refuses = 404;
    expect(await saver.look()).toBeNull();
    expect(saver.store.getState().save).toEqual({ kind: "gone", isUnsaved: false });
  });

  it("says why the API refuses the draft, and does not insist", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    saver.touch("bad");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(saver.store.getState().save).toEqual({ kind: "refused", message: "Not like this." });
    expect(state.puts).toBe(1);
  });

  it("queues other writes, on the revision of that moment", async () => {
    const { state, drafts, kept } = server();
    const saver = createSaver(drafts, kept());
    saver.touch("a");
    void saver.flush();
    const seen: string[] = [];
    void saver.exclusively(async () => {
      seen.push(saver.store.getState().kept.etag);
      return { kept: { etag: '"9"' }, result: null };
    });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(seen).toEqual(['"2"']);
    state.revision = 9;
    saver.touch("b");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(state).toMatchObject({ draft: "b", puts: 2 });
  });
});
