/** An envelope that becomes a flow. Decorative: the product's name is beside it. */
export function Logo({ size }: { size: number }) {
  return (
    <svg aria-hidden viewBox="0 0 24 24" width={size} height={size} className="shrink-0">
      <rect width="24" height="24" rx="6" className="fill-accent" />
      <g
        fill="none"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        className="stroke-on-accent"
      >
        <path d="M5.5 7.5 12 12.5l6.5-5" />
        <path d="M12 12.5v4" />
      </g>
      <circle cx="12" cy="18" r="2" className="fill-on-accent" />
    </svg>
  );
}
