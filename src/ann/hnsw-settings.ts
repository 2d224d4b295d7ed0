/** How a graph is built and searched. */
export interface HnswSettings {
  /**
   * Neighbours that a node keeps, twice as many on the lowest level; 4 to 64. More finds more, takes 8 bytes a row
   * each, and longer.
   */
  m: number;
  /** Candidates while it is built, 8 to 2,000: more makes a better graph and takes longer, once. */
  efConstruction: number;
  /** Candidates of a search that says nothing else, 1 to 10,000. */
  efSearch: number;
}

/** Recall@10 of 0.99 and more on 100,000 sentences: see docs/local.md. */
export const HNSW_DEFAULTS: HnswSettings = { m: 16, efConstruction: 200, efSearch: 150 };
