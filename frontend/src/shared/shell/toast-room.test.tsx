import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { ToastRoom } from "./toast-room";

it("keeps toasts off what is at an edge of the page, as long as it is there", () => {
  const room = () => document.documentElement.style.getPropertyValue("--toast-right");
  const { unmount } = render(<ToastRoom side="right" px={360} />);
  expect(room()).toBe("360px");
  unmount();
  expect(room()).toBe("");
});
