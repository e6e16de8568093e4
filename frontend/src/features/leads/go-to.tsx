"use client";

import { type FormEvent, useState } from "react";
import { classNames } from "@/shared/class-names";
import { CONTROL_LINE } from "@/shared/ui/field";
import { placeTyped } from "./row-typed";
import { texts } from "./texts";

/** Goes to a lead by typing its number. */
export function GoTo({ places, onGo }: { places: number; onGo: (place: number) => void }) {
  const [typed, setTyped] = useState("");
  const place = placeTyped(typed, places);
  const go = (event: FormEvent) => {
    event.preventDefault();
    if (place !== null) {
      onGo(place);
    }
  };
  return (
    <form onSubmit={go}>
      <input
        inputMode="numeric"
        aria-label={texts.goToNumber}
        placeholder={texts.goToPlaceholder}
        maxLength={15}
        autoComplete="off"
        value={typed}
        aria-invalid={typed.trim() !== "" && place === null}
        title={texts.numberHint(places)}
        onChange={(event) => setTyped(event.target.value)}
        className={classNames(CONTROL_LINE, "w-20! tabular-nums")}
      />
    </form>
  );
}
