/** Completing a merge tag, and where caret and focus are afterwards. */
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, it } from "vitest";
import { MergeText } from "./merge-text";

afterEach(cleanup);

function Form({ text }: { text: string }) {
  const [value, setValue] = useState(text);
  return (
    <>
      <MergeText
        value={value}
        onChange={setValue}
        tags={["contact.first_name", "contact.city"]}
        isMultiline
        isOff={false}
      />
      <button type="button">Next</button>
    </>
  );
}

const field = () => screen.getByRole<HTMLTextAreaElement>("textbox");

/** Types into the field: `|` stands for the caret afterwards. */
function type(marked: string): void {
  const value = marked.replace("|", "");
  field().focus();
  fireEvent.change(field(), { target: { value, selectionStart: marked.indexOf("|") } });
}

it("puts the caret behind the completed tag, before the rest of the text", () => {
  render(<Form text="Dear }}, hello" />);
  type("Dear {{ cit| }}, hello");
  fireEvent.keyDown(field(), { key: "Tab" });
  expect(field().value).toBe("Dear {{ contact.city }}, hello");
  expect(field().selectionStart).toBe("Dear {{ contact.city }}".length);
  expect(document.activeElement).toBe(field());
});

it("leaves the focus to the key that follows a completed tag, however quick", async () => {
  render(<Form text="" />);
  type("{{|");
  fireEvent.keyDown(field(), { key: "Tab" });
  expect(field().value).toBe("{{ contact.first_name }}");
  const next = screen.getByRole("button", { name: "Next" });
  next.focus();
  await new Promise((resolve) => requestAnimationFrame(resolve));
  expect(document.activeElement).toBe(next);
});
