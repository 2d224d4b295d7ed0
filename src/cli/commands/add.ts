import type { Command } from "commander";
import { add, addStatements, type AddResult } from "../../app/keep/add.ts";
import { loadModel } from "../../embed/model-package.ts";
import { configOf, flagsOf, withDatabase, type Context } from "../context.ts";
import { count, ownParts, renderPairs, say, writeResult } from "../output.ts";
import { t } from "../language.ts";

interface AddFlags {
  name?: string;
  text?: string;
  key?: string;
  where?: string;
  updatedAt?: string;
  column?: string;
  halfvec?: boolean;
  printSql?: boolean;
}

export function defineAdd(verb: Command, context: Context): void {
  verb
    .argument("<table>", 'table to index: faq, public.faq, \'"My Schema"."My Table"\'')
    .option("--name <index>", "name of the index (default: the table's name)")
    .option("--text <template>", 'what to embed, columns in braces: "{title} {body}" (default: the only text column)')
    .option("--key <columns>", "key columns, separated by commas (default: the primary key)")
    .option("--where <condition>", "index only rows that pass this condition (default: all)")
    .option(
      "--updated-at <column>",
      "poll for changes by this column instead of using triggers: a view, a foreign table; needs --key there",
    )
    .option(
      "--column <name>",
      "keep the vectors in this column of the table, added if missing (default: beside the table)",
    )
    .option("--halfvec", "store the vectors in half precision: half the bytes in table and index")
    .option("--print-sql", "print every statement that would run, and run none")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index add faq
  ltd-index add public.ticket --name ticket --text "{title} {body}"
  ltd-index add ticket --name open --where "status <> 'closed'"
  ltd-index add faq --column embedding
  ltd-index add faq --halfvec
  ltd-index add ticket --print-sql | psql                   for the table's owner to run
  ltd-index add ticket_view --key id --text "{title}" --updated-at updated_at
  ltd-index add '"Fragen"' --name fragen --text "{Frage}" --key mandant,nummer`,
    )
    .action(async (table: string, _options: object, command: Command) => {
      const flags = flagsOf<AddFlags>(command);
      const model = await loadModel(configOf(context, flags).model);
      const options = {
        table,
        ...(flags.name !== undefined && { name: flags.name }),
        ...(flags.text !== undefined && { template: flags.text }),
        ...(flags.where !== undefined && { where: flags.where }),
        ...(flags.updatedAt !== undefined && { updatedAt: flags.updatedAt }),
        ...(flags.column !== undefined && { column: flags.column }),
        ...(flags.halfvec === true && { halfvec: true }),
        ...(flags.key !== undefined && { key: flags.key.split(",").map((column) => column.trim()) }),
      };
      if (flags.printSql === true) {
        const statements = await withDatabase(context, flags, (database) => addStatements(database, model, options));
        return writeResult(context, flags, { statements }, () =>
          statements.map((statement) => `${statement};`).join("\n\n"),
        );
      }
      const result = await withDatabase(context, flags, (database) => add(database, model, options));
      await writeResult(context, flags, result, render);
      say(context, flags, t`next: ltd-index sync ${result.index}`);
    });
}

function render({ index, table, key, template, model, queued, reused }: AddResult): string {
  return renderPairs({
    index,
    table,
    key: key.join(", "),
    text: template,
    model,
    queued: t`${count(queued)} rows`,
    reused: reused && ownParts(reused),
  });
}
