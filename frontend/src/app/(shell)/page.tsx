import type { Metadata } from "next";
import { Home } from "@/features/home/home";
import { texts } from "../texts";

export const metadata: Metadata = { title: texts.home };

export default function HomePage() {
  return <Home />;
}
