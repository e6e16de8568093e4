"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { FlowThumbnail } from "@/entities/flow/flow-thumbnail";
import { STARTERS, sizeOf } from "@/entities/flow/starters";
import { problemText } from "@/shared/api/problem";
import { classNames } from "@/shared/class-names";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CONTROL_LINE, Field } from "@/shared/ui/field";
import { useOnce } from "@/shared/use-once";
import { create } from "./requests";
import { texts } from "./texts";

const BLANK = texts.blank;

/** Blank, or one of six real campaigns, each with its flow drawn. */
export function NewCampaign({ onClose }: { onClose: () => void }) {
  const [chosen, setChosen] = useState(BLANK);
  const [name, setName] = useState("");
  const router = useRouter();
  const queries = useQueryClient();
  const starter = STARTERS.find((it) => it.name === chosen);
  const makes = useMutation({
    mutationFn: () => create({ ...starter, name: name.trim() || starter?.name || texts.untitled }),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["campaigns"] });
      router.push(`/campaigns/${encodeURIComponent(made.campaign_id)}`);
    },
  });
  const make = useOnce(makes.mutateAsync);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make();
  };
  const form = useId();
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={texts.newCampaign}
      about={texts.newAbout}
      actions={
        <>
          <Button onClick={onClose}>{texts.notNow}</Button>
          <Button
            kind="primary"
            type="submit"
            form={form}
            isBusy={makes.isPending || makes.isSuccess}
          >
            {texts.create}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4 pb-2">
        <Field label={texts.name} error={makes.error && problemText(makes.error, "name")}>
          {(control) => (
            <input
              {...control}
              value={name}
              maxLength={200}
              placeholder={starter?.name ?? texts.untitled}
              onChange={(event) => setName(event.target.value)}
              className={CONTROL_LINE}
            />
          )}
        </Field>
        <fieldset className="grid grid-cols-1 gap-3 sm:grid-cols-2">
          <legend className="mb-1 font-medium text-dense text-ink-soft">{texts.startWith}</legend>
          <Choice
            name={BLANK}
            about={texts.blankAbout}
            isChosen={chosen === BLANK}
            onChoose={setChosen}
          />
          {STARTERS.map((it) => (
            <Choice
              key={it.name}
              name={it.name}
              about={it.description}
              size={sizeOf(it)}
              picture={<FlowThumbnail flow={it} className="h-full w-full" />}
              isChosen={chosen === it.name}
              onChoose={setChosen}
            />
          ))}
        </fieldset>
      </form>
    </Dialog>
  );
}

interface ChoiceProps {
  name: string;
  about: string;
  size?: string;
  picture?: ReactNode;
  isChosen: boolean;
  onChoose: (name: string) => void;
}

function Choice({ name, about, size, picture, isChosen, onChoose }: ChoiceProps) {
  const description = useId();
  return (
    <label
      className={classNames(
        "relative flex cursor-pointer gap-3 rounded-card border p-3 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2",
        picture ? "" : "sm:col-span-2",
        isChosen ? "border-accent bg-accent-soft" : "border-line-strong hover:border-ink-faint",
      )}
    >
      <input
        type="radio"
        name="beginning"
        value={name}
        checked={isChosen}
        onChange={() => onChoose(name)}
        aria-label={name}
        aria-describedby={description}
        className="sr-only"
      />
      {picture ? (
        <span className="flex h-32 w-24 shrink-0 items-center justify-center">{picture}</span>
      ) : null}
      <span className="flex min-w-0 flex-1 flex-col gap-1">
        <span className="font-medium">{name}</span>
        <span id={description} className="text-caption text-ink-soft">
          {about}
        </span>
        {size ? <span className="mt-auto text-caption text-ink-soft">{size}</span> : null}
      </span>
    </label>
  );
}
