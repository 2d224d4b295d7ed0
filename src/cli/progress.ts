import type { SyncProgress } from "../app/keep/sync.ts";
import type { BuildSettings } from "../db/entries/vector-index.ts";
import type { Context, GlobalFlags } from "./context.ts";
import { count, duration } from "./output.ts";
import { t } from "./language.ts";

const LINE_EVERY_MS = 10_000;
const REDRAW_EVERY_MS = 100;

/**
 * Shows the progress of a sync on stderr. On a terminal one line is redrawn, elsewhere a line is written every ten
 * seconds, with --quiet nothing.
 */
export function createProgress(
  context: Context,
  flags: GlobalFlags,
): { update(progress: SyncProgress): void; end(): void } {
  const isTerminal = context.stderr.isTTY === true;
  let shown = isTerminal ? 0 : performance.now();
  let drawn = false;
  return {
    update(progress) {
      if (flags.quiet) return;
      const now = performance.now();
      if (now - shown < (isTerminal ? REDRAW_EVERY_MS : LINE_EVERY_MS) && progress.phase !== "build") return;
      shown = now;
      drawn = true;
      // A line that wraps could not be wiped out again.
      const width = (context.stderr.columns ?? 80) - 1;
      context.stderr.write(isTerminal ? `\r\u{1b}[2K${render(progress).slice(0, width)}` : `${render(progress)}\n`);
    },
    end() {
      if (drawn && isTerminal) context.stderr.write("\r\u{1b}[2K");
    },
  };
}

function render({ index, phase, done, total, rate, build }: SyncProgress): string {
  if (phase === "wait") return t`${index}: waiting for rows that another worker holds, or that are being retried`;
  if (phase === "build") return `${index}${t`: `}${renderBuild(build)}`;
  const left = rate > 0 ? t`, ${duration((total - done) / rate)} left` : "";
  return t`${index}: ${count(done)} of ${count(total)} rows, ${count(rate)} rows/s${left}`;
}

/** What is built, and what the server gives for it. */
export function renderBuild(build: BuildSettings | undefined): string {
  if (build === undefined) return t`building the vector index`;
  const { rows, memory, workers } = build;
  const processes = workers === 0 ? t`one process` : t`${workers + 1} processes at most`;
  return t`building the vector index of ${count(rows)} rows (maintenance_work_mem ${memory}, ${processes})`;
}
