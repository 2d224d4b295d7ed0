// Next.js: put it at app/api/faq/route.ts, and the config beside package.json. GET /api/faq?q=怎么退款
import { type Index, openIndex } from "ltd-index";

interface Faq {
  question: string;
  answer: string;
}

export const runtime = "nodejs"; // not the edge: it opens connections to Postgres

// one for the process; `next dev` loads this file again at every change, so it is kept outside
const shared = globalThis as { faq?: Promise<Index<Faq>> | undefined };
function open(): Promise<Index<Faq>> {
  shared.faq ??= openIndex<Faq>({ index: "faq" });
  shared.faq.catch(() => (shared.faq = undefined)); // the next request tries again
  return shared.faq;
}

export async function GET(request: Request): Promise<Response> {
  const question = new URL(request.url).searchParams.get("q") ?? "";
  const { decision, answers } = await (await open()).match(question, { limit: 3, signal: request.signal });
  if (decision === "answer") return Response.json({ decision, answer: answers[0]!.row.answer });
  return Response.json({ decision, didYouMean: decision === "suggest" ? answers.map(({ row }) => row.question) : [] });
}
