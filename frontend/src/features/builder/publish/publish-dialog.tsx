"use client";

import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { type NamedNode, namedNodes, nodeNames } from "@/entities/flow/node-names";
import { api, ask, type Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { isolated } from "@/shared/bidi";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CONTROL_LINE, Field } from "@/shared/ui/field";
import { useCampaignApi } from "../campaign-api";
import { useSaver, useWorkbench } from "../context";
import { texts } from "../texts";

type Impact = Schemas["MoveImpactView"];
type Step = Schemas["StepImpactView"];

/** Not a node id. */
const END = "end them!";

/** What was chosen for the leads on steps that are gone; empty: nothing yet. */
type Chosen = Readonly<Record<string, string>>;

interface PublishDialogProps {
  impact: Impact;
  /** Whether the draft is published as well; otherwise leads that were kept are moved. */
  isPublishing: boolean;
  onClose: () => void;
}

/** Shows what publishing does to the leads on their way, before one decides. */
export function PublishDialog({ impact, isPublishing, onClose }: PublishDialogProps) {
  const { live, campaignId } = useWorkbench();
  const name = useSaver((it) => it.kept.campaign.name);
  const draft = useSaver((it) => it.kept.draft);
  const campaignApi = useCampaignApi();
  const queries = useQueryClient();
  const [isMove, setIsMove] = useState(!isPublishing);
  const [isAnew, setIsAnew] = useState(false);
  const [chosen, setChosen] = useState<Chosen>({});
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const gone = impact.steps.filter((it) => it.gone > 0);
  const nameOf = useStepNames(gone);
  const targets = namedNodes(draft).filter((it) => it.type !== "start");
  const isChosen = gone.every((it) => chosen[it.node_id]);
  const act = async () => {
    setIsBusy(true);
    setError(null);
    const move: Schemas["LeadsMove"] = { steps: stepsOf(chosen), waits: isAnew ? "anew" : "keep" };
    try {
      if (isPublishing) {
        await campaignApi.publish(isMove ? move : undefined);
        toast.success(texts.published);
      } else {
        await moveLeads(campaignId, move);
      }
      if (isMove) {
        live.setState({ isOn: true, path: null });
        await queries.invalidateQueries({ queryKey: ["campaigns", campaignId, "moves"] });
      }
      onClose();
    } catch (problem) {
      setError(problemText(problem));
      setIsBusy(false);
    }
  };
  const verb = isPublishing ? texts.publishAndMove : texts.moveVerb;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={isPublishing ? texts.publishTitle(isolated(name)) : texts.moveTitle}
      about={texts.leadsInside(
        impact.leads,
        impact.versions.map((it) => it.version),
      )}
      actions={
        <>
          <Button onClick={onClose}>{texts.notYet}</Button>
          <Button
            kind="primary"
            isBusy={isBusy}
            disabled={isMove && !isChosen}
            onClick={() => void act()}
          >
            {isMove ? verb(impact.leads) : texts.publish}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {isPublishing ? (
          <fieldset className="flex flex-col gap-2">
            <legend className="sr-only">{texts.whatAboutLeads}</legend>
            <Choice isChosen={!isMove} onChoose={() => setIsMove(false)} title={texts.keepLeads}>
              {texts.keepLeadsAbout}
            </Choice>
            <Choice isChosen={isMove} onChoose={() => setIsMove(true)} title={texts.moveLeads}>
              {texts.canMove(impact.can_move, impact.leads - impact.can_move)}
            </Choice>
          </fieldset>
        ) : (
          <p>{texts.canMove(impact.can_move, impact.leads - impact.can_move)}</p>
        )}
        {isMove ? (
          <Details
            impact={impact}
            gone={gone}
            nameOf={nameOf}
            targets={targets}
            chosen={chosen}
            onChoose={(step, target) => setChosen({ ...chosen, [step]: target })}
            isAnew={isAnew}
            onAnew={setIsAnew}
          />
        ) : null}
        {error ? (
          <p role="alert" className="text-failed">
            {error}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}

function stepsOf(chosen: Chosen): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(chosen).map(([step, target]) => [step, target === END ? null : target]),
  );
}

async function moveLeads(campaignId: string, body: Schemas["LeadsMove"]): Promise<void> {
  await ask(
    api.POST("/api/v1/campaigns/{campaign_id}/move-leads", {
      params: { path: { campaign_id: campaignId } },
      body,
    }),
  );
}

/** Steps that are gone are named as in the version in which leads are there. */
function useStepNames(steps: readonly Step[]): (step: Step) => string {
  const { campaignId } = useWorkbench();
  const versions = [...new Set(steps.map((it) => it.version))];
  const found = useQueries({
    queries: versions.map((version) => ({
      queryKey: ["campaigns", campaignId, "version", version],
      queryFn: () =>
        ask(
          api.GET("/api/v1/campaigns/{campaign_id}/versions/{version}", {
            params: { path: { campaign_id: campaignId, version } },
          }),
        ),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  return (step) => nodeNames(found[versions.indexOf(step.version)]?.data?.flow)(step.node_id);
}

function Choice({
  isChosen,
  onChoose,
  title,
  children,
}: {
  isChosen: boolean;
  onChoose: () => void;
  title: string;
  children: string;
}) {
  return (
    <label className="flex cursor-pointer gap-3">
      <input
        type="radio"
        name="leads"
        checked={isChosen}
        onChange={onChoose}
        className="mt-1 size-4 shrink-0 accent-accent"
      />
      <span>
        <span className="font-medium">{title}</span>
        <span className="block text-dense text-ink-soft">{children}</span>
      </span>
    </label>
  );
}

function Details({
  impact,
  gone,
  nameOf,
  targets,
  chosen,
  onChoose,
  isAnew,
  onAnew,
}: {
  impact: Impact;
  gone: readonly Step[];
  nameOf: (step: Step) => string;
  targets: readonly NamedNode[];
  chosen: Chosen;
  onChoose: (step: string, target: string) => void;
  isAnew: boolean;
  onAnew: (isAnew: boolean) => void;
}) {
  return (
    <>
      {gone.map((step) => (
        <Field key={step.node_id} label={texts.leadsAtGone(step.gone, isolated(nameOf(step)))}>
          {(control) => (
            <select
              {...control}
              className={CONTROL_LINE}
              value={chosen[step.node_id] ?? ""}
              onChange={(event) => onChoose(step.node_id, event.target.value)}
            >
              <option value="">{texts.chooseForGone}</option>
              <option value={END}>{texts.endThem}</option>
              {targets.map((it) => (
                <option key={it.id} value={it.id}>
                  {texts.sendThemTo(it.name)}
                </option>
              ))}
            </select>
          )}
        </Field>
      ))}
      <label className="flex gap-3">
        <input
          type="checkbox"
          checked={isAnew}
          onChange={() => onAnew(!isAnew)}
          className="mt-1 size-4 shrink-0 accent-accent"
        />
        <span>
          {texts.waitsAnew}
          <span className="block text-dense text-ink-soft">{texts.waitsAnewAbout}</span>
        </span>
      </label>
      <ul className="flex list-disc flex-col gap-1 pl-5 text-dense text-ink-soft">
        <li>{texts.notTwice}</li>
        {impact.sending > 0 ? <li>{texts.moveAfterSending(impact.sending)}</li> : null}
        {impact.undecided > 0 ? <li>{texts.undecidedStay(impact.undecided)}</li> : null}
      </ul>
    </>
  );
}
