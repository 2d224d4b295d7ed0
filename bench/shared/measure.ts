/** The process of measurements: takes requests from `startApart`, one at a time, and ends when its parent is gone. */
import { DEFAULT_MODEL } from "../../src/embed/model-package.ts";
import { writeBert } from "../speed/shapes/bert.ts";
import { measureAsk } from "../ask/measure.ts";
import { measureBackfill, measureStream } from "../sync/backfill.ts";
import { openBert } from "./bert.ts";
import { measureDedupe, prepareDedupe } from "../dedupe/measure.ts";
import { measureEncoder } from "./encoder.ts";
import type { MeasureReply, MeasureRequest, Measured } from "./measure-apart.ts";
import { openPasses, type Passes } from "../speed/passes.ts";
import { measureProfile } from "../speed/profile.ts";
import { openStudent } from "./student.ts";
import { measurePrepare, measureSync } from "../sync/measure.ts";
import { BATCH_SIZE } from "./workload.ts";

/** The system that passes are measured of. */
let passes: Passes | undefined;

async function measure(request: MeasureRequest): Promise<Measured[keyof Measured]> {
  switch (request.name) {
    case "prepare":
      return measurePrepare(request.target, request.rows, request.characters);
    case "sync":
      return measureSync(request.target, request.rows, request.threads, request.characters);
    case "backfill":
      return measureBackfill(request.url, request.index, request.threads, request.rows, request.startAt);
    case "prepare-dedupe":
      return prepareDedupe(request.target, request.corpus, request.rows, request.threads);
    case "dedupe":
      return measureDedupe(request.target, request.method);
    case "stream":
      return measureStream(request.file, request.rows, request.step, request.threads);
    case "ask":
      return measureAsk(request);
    case "student":
      return measureEncoder(() => openStudent(DEFAULT_MODEL, request.threads, BATCH_SIZE), request.rows);
    case "teacher":
      return measureEncoder(() => openBert(request.folder, request.threads, BATCH_SIZE), request.rows);
    case "write-bert":
      return writeBert(request.folder, request.shape, request.seed);
    case "open":
      passes = await openPasses(request.system, request.threads, request.batch);
      return;
    case "pass":
      return passes!.pass(request.texts, request.seconds);
    case "profile":
      return measureProfile(request.model, request.batch, request.texts, request.seconds);
  }
}

process.on("message", (request: MeasureRequest) => {
  const answer = (reply: MeasureReply) => process.send!(reply);
  measure(request).then(
    (measured) => answer({ measured }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once("disconnect", () => void passes?.close());
