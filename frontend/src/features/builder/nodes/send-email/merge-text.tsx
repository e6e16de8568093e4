"use client";

import {
  type ChangeEvent,
  type KeyboardEvent,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { classNames } from "@/shared/class-names";
import { CONTROL } from "@/shared/ui/field";
import { texts } from "./texts";

const SHOWN_MAX = 8;

interface MergeTextProps {
  value: string;
  onChange: (value: string) => void;
  /** Names that may stand in a merge tag: `contact.first_name`. */
  tags: readonly string[];
  isMultiline?: boolean;
  isOff: boolean;
  placeholder?: string;
  className?: string;
  id?: string;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: true | undefined;
}

/** The beginning of a merge tag right before the caret; null if there is none. */
export function tagAt(text: string, caret: number): { begin: number; typed: string } | null {
  const begin = text.lastIndexOf("{{", caret - 1);
  if (begin < 0 || begin + 2 > caret) {
    return null;
  }
  const typed = text.slice(begin + 2, caret);
  return /^\s*[\w.]*$/.test(typed) ? { begin, typed: typed.trim() } : null;
}

/** The text with the completed tag, and the new position of the caret. */
export function completed(
  text: string,
  caret: number,
  begin: number,
  tag: string,
): { text: string; caret: number } {
  const rest = text.slice(caret).replace(/^\s*\}\}/, "");
  const head = `${text.slice(0, begin)}{{ ${tag} }}`;
  return { text: head + rest, caret: head.length };
}

/** A field for text with merge tags: `{{` offers the attributes of contacts. */
export function MergeText({
  value,
  onChange,
  tags,
  isMultiline = false,
  isOff,
  placeholder,
  className,
  ...control
}: MergeTextProps) {
  const listId = useId();
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState<number | null>(null);
  const [chosen, setChosen] = useState(0);
  const completedAt = useRef<number | null>(null);
  const open = caret === null || isOff ? null : tagAt(value, caret);
  const offered = open
    ? tags.filter((it) => it.toLowerCase().includes(open.typed.toLowerCase())).slice(0, SHOWN_MAX)
    : [];
  const isOpen = offered.length > 0;
  const take = (tag: string | undefined) => {
    if (!open || caret === null || tag === undefined) {
      return;
    }
    const next = completed(value, caret, open.begin, tag);
    onChange(next.text);
    setCaret(null);
    completedAt.current = next.caret;
  };
  // The caret goes behind the completed tag as the new text appears, and the focus stays where it
  // is: the next key, however quick, finds both in place.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new value is what moves the caret
  useLayoutEffect(() => {
    if (completedAt.current !== null) {
      field.current?.setSelectionRange(completedAt.current, completedAt.current);
      completedAt.current = null;
    }
  }, [value]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const by = event.key === "ArrowDown" ? 1 : -1;
      setChosen((chosen + by + offered.length) % offered.length);
    } else if (event.key === "Enter" || event.key === "Tab") {
      take(offered[chosen] ?? offered[0]);
    } else if (event.key === "Escape") {
      setCaret(null);
      event.stopPropagation();
    } else {
      return;
    }
    event.preventDefault();
  };
  const props = {
    ...control,
    ref: field,
    value,
    placeholder,
    readOnly: isOff,
    spellCheck: true,
    dir: "auto",
    // A multi-line text field cannot be a combobox, but it may refer to its list as well.
    ...(isMultiline ? {} : { role: "combobox", "aria-expanded": isOpen }),
    "aria-controls": isOpen ? listId : undefined,
    "aria-autocomplete": "list" as const,
    "aria-activedescendant": isOpen ? `${listId}-${chosen}` : undefined,
    onKeyDown,
    onBlur: () => setCaret(null),
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => {
      onChange(event.target.value);
      setCaret(event.target.selectionStart);
      setChosen(0);
    },
    className: classNames(CONTROL, "text-dense", isMultiline ? "py-1.5" : "h-8", className),
  };
  return (
    <span className="relative block">
      {isMultiline ? <textarea {...props} /> : <input type="text" {...props} />}
      {isOpen ? (
        <span
          id={listId}
          role="listbox"
          aria-label={texts.mergeTags}
          tabIndex={-1}
          className="absolute top-full left-0 z-30 mt-1 block w-full animate-appear rounded-card border border-line-strong bg-raised p-1 shadow-float"
        >
          {offered.map((tag, place) => (
            <span
              key={tag}
              id={`${listId}-${place}`}
              role="option"
              tabIndex={-1}
              aria-selected={place === chosen}
              onMouseDown={(event) => {
                event.preventDefault();
                take(tag);
              }}
              className={classNames(
                "block cursor-pointer truncate rounded-control px-2 py-1 font-mono text-caption",
                place === chosen && "bg-accent-soft",
              )}
            >
              {tag}
            </span>
          ))}
        </span>
      ) : null}
    </span>
  );
}
