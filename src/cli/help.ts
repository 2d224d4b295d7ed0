import { Command, Help, type AddHelpTextContext, type AddHelpTextPosition } from "commander";
import { widthOf, wrap } from "./display-width.ts";
import { translate } from "./language.ts";

/** A comment behind an example: two blanks at least, then words that are no part of the command. */
const COMMENT = /^( {2}\S.*? {2,})(\S.*)$/;

/**
 * The help of commander, in the language of the run. Texts are translated as they are shown, so verbs write theirs in
 * English.
 */
class TranslatedHelp extends Help {
  override styleTitle(title: string): string {
    return translate(title);
  }

  override displayWidth(text: string): number {
    return widthOf(text);
  }

  override boxWrap(text: string, width: number): string {
    if (!/[\u2e80-\uffdc]/.test(text)) return super.boxWrap(text, width);
    return text
      .split("\n")
      .map((line) => wrap(line, width).join("\n"))
      .join("\n");
  }

  override commandDescription(command: Command): string {
    return translate(command.description());
  }

  override subcommandDescription(command: Command): string {
    return translate(command.summary() || command.description());
  }

  override optionDescription(option: Parameters<Help["optionDescription"]>[0]): string {
    const facts = super.optionDescription(option).slice(option.description.length); // ` (default: "5")`
    return translate(option.description) + translate(facts);
  }

  override argumentDescription(argument: Parameters<Help["argumentDescription"]>[0]): string {
    const { description } = argument;
    return translate(description) + translate(super.argumentDescription(argument).slice(description.length));
  }
}

/**
 * Translates the text below the help. Headings, paragraphs and comments behind examples are translated, the examples
 * stay.
 */
function translateHelpText(text: string): string {
  return text
    .split("\n\n")
    .map((paragraph) => {
      const lines = paragraph.split("\n");
      if (!lines.some((line) => line.startsWith("  "))) return translateParagraph(lines);
      return lines.map((line) => (line.startsWith("  ") ? translateComment(line) : translate(line))).join("\n");
    })
    .join("\n\n");
}

function translateParagraph(lines: readonly string[]): string {
  const paragraph = lines.join(" ").trim();
  const translated = translate(paragraph);
  if (translated === paragraph) return lines.join("\n");
  return `${lines[0] === "" ? "\n" : ""}${wrap(translated, 100).join("\n")}${lines.at(-1) === "" ? "\n" : ""}`;
}

function translateComment(line: string): string {
  const found = COMMENT.exec(line);
  return found === null ? line : `${found[1]}${translate(found[2]!)}`;
}

/**
 * Translates an error of commander. It is `error: unknown option '--jsn'`, perhaps with a line that guesses what was
 * meant.
 */
export function translateUsageError(text: string): string {
  return text.replace(/^error: ([^\n]*)(\n\(.*\))?/, (_, message: string, guess?: string) => {
    const told = translate(`error: {1}`).replace("{1}", translate(message));
    return guess === undefined ? told : `${told}\n${translate(guess.slice(1))}`;
  });
}

/** A command whose help and errors are in the language of the run, and so are its subcommands. */
export class TranslatedCommand extends Command {
  override createHelp(): Help {
    return Object.assign(new TranslatedHelp(), this.configureHelp());
  }

  override createCommand(name?: string): Command {
    return new TranslatedCommand(name);
  }

  override addHelpText(position: AddHelpTextPosition, text: string | ((context: AddHelpTextContext) => string)): this {
    return typeof text === "string"
      ? super.addHelpText(position, () => translateHelpText(text))
      : super.addHelpText(position, text);
  }
}
