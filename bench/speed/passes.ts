import { rowOf } from "../../src/index.ts";
import { openBert } from "../shared/bert.ts";
import { peakMiB, startClock, type Span } from "../shared/clock.ts";
import { requireUnit, type Encoder } from "../shared/encoder.ts";
import type { EngineChoice } from "../../src/embed/engine.ts";
import { openStudent } from "../shared/student.ts";

/** A system to compare: a student's package, or the folder of a BERT encoder. */
export type System = { kind: "student"; model: string; engine: EngineChoice } | { kind: "bert"; folder: string };

/** The same texts, again and again, for some time. */
export interface PassMeasurement {
  /** How many texts were done; each as often as every other. */
  texts: number;
  /** String to vector. */
  whole: Span;
  /** The part of `whole` after segmentation, or tokenising: input to vector. */
  run: Span;
  /** The most memory that the process had so far. */
  peakMiB: number;
}

/** An opened system. */
export interface Passes {
  /** @param seconds of work, at least: on a busy machine time alone would end a pass before the caches are warm */
  pass(texts: readonly string[], seconds: number): Promise<PassMeasurement>;
  close(): Promise<void>;
}

/**
 * Opens a system for passes.
 *
 * With one thread nothing may overlap: a batch is segmented, then run, then the next is segmented, so that the time on the wall is
 * that of one core, although a student runs on a thread of its own. With more threads all texts are given at once, and the system
 * keeps its threads busy in its own way: the student with one batch each, ONNX Runtime's BERT with shares of every matrix product.
 *
 * @param batch texts that run through the network together
 */
export async function openPasses(system: System, threads: number, batch: number): Promise<Passes> {
  return system.kind === "student"
    ? passesOf(await openStudent(system.model, threads, batch, system.engine), threads, batch)
    : passesOf(await openBert(system.folder, threads, batch), threads, batch);
}

function passesOf<Input>(encoder: Encoder<Input>, threads: number, batch: number): Passes {
  return {
    async pass(texts, seconds) {
      const step = threads === 1 ? batch : texts.length;
      const done = { texts: 0, whole: { seconds: 0, cpuSeconds: 0 }, run: { seconds: 0, cpuSeconds: 0 } };
      do {
        for (let start = 0; start < texts.length; start += step) {
          const some = texts.slice(start, start + step);
          const clock = startClock();
          const inputs = some.map((text) => encoder.encode(text));
          const encoded = clock();
          const vectors = await encoder.embedInputs(inputs);
          const whole = clock();
          if (done.texts === 0) some.forEach((text, row) => requireUnit(rowOf(vectors, row), text));
          add(done.whole, whole);
          add(done.run, {
            seconds: whole.seconds - encoded.seconds,
            cpuSeconds: whole.cpuSeconds - encoded.cpuSeconds,
          });
        }
        done.texts += texts.length;
      } while (done.whole.cpuSeconds < seconds);
      return { ...done, peakMiB: peakMiB() };
    },
    close: () => encoder.close(),
  };
}

function add(sum: Span, span: Span): void {
  sum.seconds += span.seconds;
  sum.cpuSeconds += span.cpuSeconds;
}
