import { act, renderHook } from "@testing-library/react";
import { toast } from "sonner";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HELD_MS, hold, useHeld } from "./undoable";

const undo = () => {
  const shown = toast.getToasts().at(-1);
  if (!shown || !("action" in shown) || !shown.action || typeof shown.action !== "object") {
    throw new Error("no toast offers to undo");
  }
  (shown.action as { onClick: (event: unknown) => void }).onClick({});
};

describe("hold", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("hides at once, and acts only when its time is up", async () => {
    const acting = vi.fn(async () => {});
    const held = renderHook(useHeld);
    act(() => hold({ id: "a", message: "A will be deleted", act: acting }));
    expect(held.result.current.has("a")).toBe(true);
    await act(() => vi.advanceTimersByTimeAsync(HELD_MS - 1));
    expect(acting).not.toHaveBeenCalled();
    await act(() => vi.advanceTimersByTimeAsync(1));
    expect(acting).toHaveBeenCalledOnce();
    expect(held.result.current.has("a")).toBe(false);
  });

  it("shows it again when undone, and never acts", async () => {
    const acting = vi.fn(async () => {});
    const held = renderHook(useHeld);
    act(() => hold({ id: "b", message: "B will be deleted", act: acting }));
    act(undo);
    expect(held.result.current.has("b")).toBe(false);
    await act(() => vi.advanceTimersByTimeAsync(2 * HELD_MS));
    expect(acting).not.toHaveBeenCalled();
  });

  it("shows it again, and says why, when acting fails", async () => {
    const held = renderHook(useHeld);
    const refused = async () => {
      throw new Error("The campaign is active: cancel it first.");
    };
    act(() => hold({ id: "c", message: "C will be deleted", act: refused }));
    await act(() => vi.advanceTimersByTimeAsync(HELD_MS));
    expect(held.result.current.has("c")).toBe(false);
    expect(toast.getToasts().at(-1)).toMatchObject({
      title: "The campaign is active: cancel it first.",
    });
  });
});
