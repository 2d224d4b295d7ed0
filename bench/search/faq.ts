/** An FAQ: its rows, questions, and for each question the place of the right row. */
export interface Faq {
  readonly queries: string[];
  readonly right: number[];
  readonly corpus: string[];
}
