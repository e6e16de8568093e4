/** Progress as a bar, and in words for those who do not see it. */
export function ProgressBar({ share, label }: { share: number; label: string }) {
  return (
    <progress
      aria-label={label}
      max={1}
      value={share}
      className="h-1.5 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent [&::-webkit-progress-value]:transition-[width] [&::-webkit-progress-value]:duration-150"
    />
  );
}
