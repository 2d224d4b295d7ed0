import { READ_LENGTH } from "../../text/cut-text.ts";
import { STOP_WORDS } from "../../text/stop-words.ts";
import { MOST_STORED } from "../../text/lexemes.ts";
import { NEAR_WORDING } from "../../vector/mean-wording.ts";
import type { FunctionParts } from "./function-parts.ts";
import { KEY_SETTINGS, SESSION_TYPES } from "../statement/key.ts";
import { joinSql, quoteIdentifier, quoteLiteral, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement, statementSource } from "../statement/statement.ts";
import { UNTELLABLE } from "../statement/untellable.ts";

/** Files in sql/functions/ and their functions, which keep an index without the program. */
export const KEEPING_FILES = {
  "statement-source": "statement_source",
  filled: "filled",
  quoted: "quoted",
  "index-parts": "index_parts",
  "weighed-text": "weighed_text",
  "content-hash": "content_hash",
  "entry-lexemes": "entry_lexemes",
  "fold-log": "fold_log",
  "claim-rows": "claim_rows",
  "read-claimed": "read_claimed",
  "write-rows": "write_rows",
  "sync-rows": "sync_rows",
  "write-logged": "write_logged",
  "begin-sync": "begin_sync",
  "queue-all": "queue_all",
  "finish-sync": "finish_sync",
  sync: "sync",
  status: "status",
  failed: "failed",
  retry: "retry",
  verify: "verify",
  "set-thresholds": "set_thresholds",
  similar: "similar",
  "alias-add": "alias_add",
  "random-number": "random_number",
  "cluster-seeds": "cluster_seeds",
  "cluster-lloyd": "cluster_lloyd",
  "cluster-parts": "cluster_parts",
  "cluster-assign": "cluster_assign",
  cluster: "cluster",
  "capture-statements": "capture_statements",
  add: "add",
  remove: "remove",
} as const;

/** The statements that they share with the program. */
const SHARED = [
  "ask/add-aliases",
  "ask/add-negatives",
  "capture/acknowledge",
  "capture/claim",
  "capture/create-at-once",
  "capture/create-capture-row",
  "capture/create-capture-rows",
  "capture/create-capture-truncate",
  "capture/create-capture-update",
  "capture/create-change-table",
  "capture/create-trigger",
  "capture/enable-trigger",
  "capture/enqueue-chunk",
  "capture/enqueue-keys",
  "capture/enqueue-orphans",
  "capture/fail",
  "capture/fold",
  "capture/forget-truncate",
  "capture/give-capture",
  "capture/look-at-all",
  "capture/mark-enqueued",
  "capture/queue-status",
  "capture/release",
  "capture/remember-shape",
  "capture/retry-failed",
  "capture/revoke-capture",
  "capture/set-change-identity",
  "capture/set-change-storage",
  "capture/supersede",
  "entries/analyze-entries",
  "entries/create-entry-table",
  "entries/create-entry-view",
  "entries/create-vector-index",
  "entries/create-words-index",
  "entries/secure-entries",
  "indexes/add-index",
  "indexes/delete-index",
  "indexes/keep-index",
  "indexes/set-calibration",
  "indexes/take-kept",
  "loop/clear-questions",
  "loop/delete-curations",
  "results/count-clustering-run",
  "results/delete-duplicates",
  "results/drop-clusterings",
  "results/put-cluster-members",
  "results/save-clustering",
] as const;

/** The shared statements as one JSON object, by name. */
export function sharedSources(): string {
  return JSON.stringify(Object.fromEntries(SHARED.map((name) => [name, statementSource(name)])));
}

/** The statements that make or replace the functions, in their order. */
export function keepingStatements({ classes, entryForm, tokens, vectorSchema }: FunctionParts): string[] {
  const vector = quoteName(vectorSchema, "vector");
  const vector_literal = quoteLiteral(vector);
  const vector_schema = quoteIdentifier(vectorSchema);
  const session_types = sqlText`array[${joinSql(SESSION_TYPES.map(quoteLiteral))}]`;
  const number = (value: number): SqlText => sqlText`${quoteLiteral(String(value))}::double precision`;
  return [
    statement("functions/statement-source", { sources: quoteLiteral(sharedSources()) }),
    statement("functions/filled"),
    statement("functions/quoted"),
    statement("functions/index-parts", { session_types, read_length: sqlText`${READ_LENGTH}` }),
    statement("functions/weighed-text"),
    statement("functions/content-hash", {
      entry_form: quoteLiteral(entryForm),
      last_of_plane: quoteLiteral("([\u{e000}-\u{ffff}])"),
    }),
    statement("functions/entry-lexemes", {
      meaning: quoteLiteral(`[${classes.meaning}]`),
      token: quoteLiteral(tokens.token),
      case_part: quoteLiteral(tokens.casePart),
      shortest: sqlText`${tokens.shortest}`,
      count: quoteLiteral(tokens.count),
      most: sqlText`${MOST_STORED}`,
    }),
    statement("functions/fold-log"),
    statement("functions/claim-rows"),
    statement("functions/read-claimed"),
    statement("functions/write-rows", {
      vector,
      vector_literal,
      vector_schema_literal: quoteLiteral(vector_schema),
      near_wording: number(NEAR_WORDING),
    }),
    statement("functions/sync-rows"),
    statement("functions/write-logged"),
    statement("functions/begin-sync"),
    statement("functions/queue-all"),
    statement("functions/finish-sync", { vector_schema_literal: quoteLiteral(vector_schema) }),
    statement("functions/sync"),
    statement("functions/status"),
    statement("functions/failed"),
    statement("functions/retry"),
    statement("functions/verify", { vector_schema }),
    statement("functions/set-thresholds"),
    statement("functions/similar", { nearest: quoteLiteral(statementSource("ask/nearest")) }),
    statement("functions/alias-add"),
    ...clusterStatements(classes.meaning, vectorSchema),
    statement("functions/capture-statements", {
      session_types,
      untellable: quoteLiteral(UNTELLABLE),
      key_settings: quoteLiteral(KEY_SETTINGS),
    }),
    statement("functions/add", { vector_literal, halfvec_literal: quoteLiteral(quoteName(vectorSchema, "halfvec")) }),
    statement("functions/remove"),
  ];
}

/** What `ltd.cluster` is made of. */
function clusterStatements(meaning: string, vectorSchema: string): string[] {
  const vector = quoteName(vectorSchema, "vector");
  const vector_schema = quoteIdentifier(vectorSchema);
  return [
    statement("functions/random-number"),
    statement("functions/cluster-seeds", { vector, vector_schema }),
    statement("functions/cluster-lloyd", { vector, vector_schema }),
    statement("functions/cluster-parts", {
      vector_schema,
      meaning: quoteLiteral(`[${meaning}]`),
      stop_words: quoteLiteral(`{${[...STOP_WORDS].join(",")}}`),
    }),
    statement("functions/cluster-assign", { vector, vector_schema }),
    statement("functions/cluster", { vector, vector_literal: quoteLiteral(vector) }),
  ];
}
