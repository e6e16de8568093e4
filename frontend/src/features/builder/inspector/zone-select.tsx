"use client";

import { texts } from "../texts";
import { Select } from "./controls";

const ZONES: readonly (readonly [string, string])[] = [
  ["UTC", "UTC"],
  ...Intl.supportedValuesOf("timeZone")
    .filter((it) => it !== "UTC")
    .map((it) => [it, it.replaceAll("_", " ")] as const),
];

const OWNERS = [
  ["contact", texts.theContact],
  ["campaign", texts.theCampaign],
] as const;

/** A time zone by name; with `owners` also the contact's and the campaign's. */
export function ZoneSelect({
  owners = false,
  ...rest
}: {
  owners?: boolean;
  value: string;
  onChange: (zone: string) => void;
  isOff: boolean;
  id?: string;
  "aria-describedby"?: string | undefined;
}) {
  return <Select {...rest} options={owners ? [...OWNERS, ...ZONES] : ZONES} />;
}
