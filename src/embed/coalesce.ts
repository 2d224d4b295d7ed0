import { abortable } from "../abort.ts";
import type { StudentInput } from "../text/encode.ts";
import { createMatrix, type Matrix } from "../vector/matrix.ts";

type Inputs = readonly (StudentInput | undefined)[];

interface Request {
  readonly inputs: Inputs;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (vectors: Matrix) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Batches requests that arrive while others run. In a batch a text takes half the time.
 *
 * No request waits to be batched: it goes at once while fewer than `atOnce` are under way, and all that have come since
 * go together as soon as one of these ends.
 */
export class Coalescer {
  readonly #run: (inputs: Inputs) => Promise<Matrix>;
  readonly #atOnce: number;
  #running = 0;
  #waiting: Request[] = [];

  constructor(run: (inputs: Inputs) => Promise<Matrix>, atOnce: number) {
    this.#run = run;
    this.#atOnce = atOnce;
  }

  /** N inputs -> N x D. Rejects with the signal's reason as soon as it aborts; what others wait for goes on. */
  embed(inputs: Inputs, signal?: AbortSignal): Promise<Matrix> {
    const embedded = new Promise<Matrix>((resolve, reject) => {
      this.#waiting.push({ inputs, signal, resolve, reject });
      this.#next();
    });
    return abortable(embedded, signal);
  }

  #next(): void {
    if (this.#running === this.#atOnce) return;
    const requests = this.#waiting.filter(({ signal }) => !signal?.aborted);
    this.#waiting = [];
    if (requests.length === 0) return;
    this.#running++;
    this.#run(requests.flatMap(({ inputs }) => inputs))
      .then(
        (vectors) => handOut(requests, vectors),
        (error: unknown) => requests.forEach(({ reject }) => reject(error)),
      )
      .finally(() => {
        this.#running--;
        this.#next();
      });
  }
}

/** Gives each request its rows. */
function handOut(requests: readonly Request[], vectors: Matrix): void {
  const { dims } = vectors;
  let row = 0;
  for (const { inputs, resolve } of requests) {
    const own = createMatrix(inputs.length, dims);
    own.data.set(vectors.data.subarray(row * dims, (row + inputs.length) * dims));
    row += inputs.length;
    resolve(own);
  }
}
