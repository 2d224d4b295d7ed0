/** A curator that may be killed at any moment: accepts questions for rows, and undoes some of it. */
import { accept, LtdError, openDatabase, undo } from "../../src/index.ts";

const [url, name, rows] = process.argv.slice(2) as [string, string, string];
const database = await openDatabase({ url });
process.send?.("ready");
for (let number = 1; ; number++) {
  try {
    const key = 1 + Math.floor(Math.random() * Number(rows));
    const id = Math.floor(Math.random() * 40);
    const questions = [`问题${id}怎么办`, `问题${id}如何处理`];
    const done = await accept(database, "faq", key, questions, { by: name });
    if (Math.random() < 0.5) await undo(database, "faq", { id: done.id, by: name });
    else if (Math.random() < 0.3) await undo(database, "faq", { by: name });
  } catch (error) {
    // another curator was faster
    if (!(error instanceof LtdError && error.code === "input")) throw error;
  }
}
