import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { packageVersion } from "../package-root.ts";
import * as requests from "./requests.ts";

/** What each route takes, and says of itself. The schemas are those that parse. */
export const posts = {
  "/v1/match": { schema: requests.matchRequest, summary: "Rows that mean the same as a question, with a decision." },
  "/v1/search": { schema: requests.searchRequest, summary: "The best rows by meaning and by words together." },
  "/v1/similar": { schema: requests.similarRequest, summary: "The rows nearest to a row." },
  "/v1/embed": { schema: requests.embedRequest, summary: "Texts as unit vectors." },
  "/v1/embeddings": { schema: requests.embeddingsRequest, summary: "The same in the form of OpenAI's API." },
  "/v1/feedback": { schema: requests.feedbackRequest, summary: "Whether the answer to a logged question helped." },
  "/v1/gaps": { schema: requests.gapsRequest, summary: "Groups of logged questions without a sure answer." },
  "/v1/accept": { schema: requests.curateRequest, summary: "Makes questions further wordings of a row." },
  "/v1/reject": { schema: requests.curateRequest, summary: "Keeps a row from answering questions." },
  "/v1/set-aside": { schema: requests.setAsideRequest, summary: "Keeps questions as a draft, or dismisses them." },
  "/v1/undo": { schema: requests.undoRequest, summary: "Takes back what a line of the journal added." },
} as const satisfies Record<string, { schema: GenericSchema; summary: string }>;

const gets = {
  "/v1/indexes": "The indexes that are served, with their counts.",
  "/healthz": "Whether the process runs.",
  "/readyz": "Whether every index can be asked.",
  "/metrics": "Metrics for Prometheus.",
};

/** The OpenAPI 3.1 document of the server. */
export function openApi(): object {
  const error = { description: 'What was wrong: {"error": {"code", "message", "hint"}}.' };
  const paths = Object.entries(posts).map(([path, { schema, summary }]) => [
    path,
    {
      post: {
        summary,
        requestBody: {
          required: true,
          content: { "application/json": { schema: toJsonSchema(schema) } },
        },
        responses: { "200": { description: "The result, as the library gives it." }, "400": error, "404": error },
      },
    },
  ]);
  const reads = Object.entries(gets).map(([path, summary]) => [
    path,
    { get: { summary, responses: { "200": { description: summary } } } },
  ]);
  return {
    openapi: "3.1.0",
    info: { title: "ltd-index", version: packageVersion() },
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    security: [{ bearer: [] }],
    paths: Object.fromEntries([...paths, ...reads]) as object,
  };
}
