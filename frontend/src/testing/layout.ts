/**
 * Replaces the layout that jsdom lacks: every element has the size of the window, and an observer
 * is notified of it once.
 */
import { vi } from "vitest";

const [WIDTH, HEIGHT] = [1440, 900];

class FakeResizeObserver implements ResizeObserver {
  constructor(private readonly callback: ResizeObserverCallback) {}

  observe(target: Element): void {
    const contentRect = { width: WIDTH, height: HEIGHT } as DOMRectReadOnly;
    this.callback([{ target, contentRect } as ResizeObserverEntry], this);
  }

  unobserve(): void {}

  disconnect(): void {}
}

export function layOut(): void {
  vi.stubGlobal("ResizeObserver", FakeResizeObserver);
  vi.stubGlobal(
    "DOMMatrixReadOnly",
    class {
      m22 = 1;
    },
  );
  vi.stubGlobal("CSS", { escape: (name: string) => name.replaceAll(/[^\w-]/g, "\\$&") });
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
  }));
  for (const name of ["offsetWidth", "clientWidth"] as const) {
    vi.spyOn(HTMLElement.prototype, name, "get").mockReturnValue(WIDTH);
  }
  for (const name of ["offsetHeight", "clientHeight"] as const) {
    vi.spyOn(HTMLElement.prototype, name, "get").mockReturnValue(HEIGHT);
  }
  Element.prototype.scrollIntoView = () => undefined;
  Element.prototype.hasPointerCapture = () => false;
  Element.prototype.setPointerCapture = () => undefined;
}
