"use client";

import { useSaver, useWorkbench } from "../context";
import { Segments, SMALL } from "../inspector/controls";
import { texts } from "../texts";
import { useLive } from "./use-live";

/** More versions are a list. */
const SIDE_BY_SIDE_MAX = 4;
const ALL = "all";

/** Which flow version the canvas shows: all leads on the latest flow, or those of one version on
 * theirs. Nothing while all leads are in the latest version. */
export function VersionSwitch() {
  const { live } = useWorkbench();
  const versions = useLive((it) => it.versions);
  const shown = useLive((it) => it.version);
  const latest = useSaver((it) => it.kept.campaign.version);
  if (shown === null && versions.every((it) => it.version === latest)) {
    return null;
  }
  const numbers = versions.map((it) => it.version);
  const there = shown === null || numbers.includes(shown) ? numbers : [...numbers, shown];
  const options = [
    [ALL, texts.allVersions] as const,
    ...there.map((it) => [String(it), texts.versionShort(it)] as const),
  ];
  const value = shown === null ? ALL : String(shown);
  const choose = (key: string) =>
    live.setState({ version: key === ALL ? null : Number(key), versionNodes: {} });
  if (there.length <= SIDE_BY_SIDE_MAX) {
    return (
      <Segments label={texts.whichVersion} value={value} options={options} onChange={choose} />
    );
  }
  return (
    <select
      aria-label={texts.whichVersion}
      className={SMALL}
      value={value}
      onChange={(event) => choose(event.target.value)}
    >
      {options.map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}
