import type { Command } from "commander";
import { init } from "../../app/keep/init.ts";
import { loadModel } from "../../embed/model-package.ts";
import { configOf, flagsOf, withDatabase, type Context } from "../context.ts";
import { count, renderPairs, say, writeResult } from "../output.ts";
import { t } from "../language.ts";

export function defineInit(verb: Command, context: Context): void {
  verb
    .addHelpText(
      "after",
      `
Examples:
  ltd-index init                                                  embedded database in .ltd/db
  ltd-index init --database-folder data/faq
  DATABASE_URL=postgres://app:app@localhost/app ltd-index init    a server with pgvector`,
    )
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf(command);
      const model = await loadModel(configOf(context, flags).model);
      const result = await withDatabase(context, flags, (database) => init(database, model), { create: true });
      await writeResult(context, flags, result, (done) =>
        renderPairs({
          database: done.database,
          schema: t`ltd, version ${done.schemaVersion}${done.applied.length > 0 ? t` (new)` : ""}`,
          model: t`${done.model}, ${done.dims} dimensions`,
          words: count(done.words),
          "new triggers":
            done.restored.length > 0 ? t`${done.restored.join(", ")}: sync looks at all rows again` : null,
        }),
      );
      say(context, flags, t`next: ltd-index add <table> --name <index> --text "{column}"`);
    });
}
