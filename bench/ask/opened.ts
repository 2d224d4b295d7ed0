/** A way to ask that is ready. */
export interface Opened {
  /** How many rows a question gets. */
  ask(question: string): Promise<number>;
  /** CPU seconds so far of a process that answers for this one; undefined where the system does not tell. */
  servedCpuSeconds?(): number | undefined;
  close(): Promise<void>;
}
