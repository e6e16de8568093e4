import type { Metadata } from "next";
import { SignIn } from "@/features/sign-in/sign-in";
import { texts } from "../texts";

export const metadata: Metadata = { title: texts.signIn };

export default function SignInPage() {
  return <SignIn />;
}
