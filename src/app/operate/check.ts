/** One thing that was checked. */
export interface Check {
  check: string;
  /** `warning`: it works, but not as well as it could; `problem`: something does not work. */
  level: "ok" | "warning" | "problem";
  /** What was found. */
  found: string;
  /** What to do; null where all is right. */
  advice: string | null;
}

export type Say = (level: Check["level"], check: string, found: string, advice?: string) => void;
