// A FAQ bot over HTTP, with the library: node faq-bot.mjs, then open http://127.0.0.1:3000/?q=怎么退款
// It answers where a row answers, offers rows where one may, and passes on to a person otherwise.
import { createServer } from "node:http";
import { LtdError, openIndex } from "ltd-index";

const index = await openIndex({ index: "faq" }); // DATABASE_URL, else .ltd/db
async function answer(request, response) {
  const question = new URL(request.url ?? "/", "http://localhost").searchParams.get("q") ?? "";
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const send = (status, body) =>
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
  try {
    const { decision, answers } = await index.match(question, { limit: 3, signal: gone.signal });
    if (decision === "answer") send(200, { answer: answers[0].row.answer });
    else if (decision === "suggest") send(200, { didYouMean: answers.map(({ row }) => row.question) });
    else send(200, { passedOn: true });
  } catch (error) {
    if (gone.signal.aborted) return;
    console.error(error);
    send(error instanceof LtdError && error.code === "usage" ? 400 : 503, { error: "please try again" });
  }
}
const server = createServer((request, response) => void answer(request, response));
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(server.address().port));

process.once("SIGTERM", () => server.close(() => void index.close()));
