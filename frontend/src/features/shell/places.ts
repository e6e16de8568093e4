import { House, Inbox, type LucideIcon, Mail, Server } from "lucide-react";

export interface Place {
  name: string;
  href: string;
  icon: LucideIcon;
}

/** The rail, and the first answers of the command palette. */
export const PLACES: readonly Place[] = [
  { name: "Home", href: "/", icon: House },
  { name: "Campaigns", href: "/campaigns", icon: Mail },
  { name: "Inbox", href: "/inbox", icon: Inbox },
  { name: "System", href: "/system", icon: Server },
];
