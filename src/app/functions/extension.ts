import { createWriteStream } from "node:fs";
import { copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { closingScript, markStatement, openingScript } from "../../db/functions/script.ts";
import { LtdError } from "../../errors.ts";
import { packageVersion } from "../../package-root.ts";
import { bodyStatements, modelIds, type SqlDumpOptions } from "./dump.ts";

/** Settings of {@link buildExtension}. */
export interface ExtensionOptions extends SqlDumpOptions {
  /** Versions of the extension that servers have: a script to upgrade each is written. Default: none. */
  from?: readonly string[] | undefined;
}

/** What {@link buildExtension} wrote. */
export interface ExtensionFiles {
  readonly version: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/**
 * Writes the files of the extension `ltd_index`: control file and scripts.
 *
 * They go into the server's folder of extensions. A script is some 20 MB. An upgrade is the same script: it brings any
 * older version up to date.
 *
 * @throws {LtdError} "usage" for a version that cannot be upgraded from, "model" for a student of an unknown shape
 */
export async function buildExtension(folder: string, options: ExtensionOptions = {}): Promise<ExtensionFiles> {
  const version = packageVersion();
  const script = `ltd_index--${version}.sql`;
  const upgrades = (options.from ?? []).map((from) => {
    if (!/^\d+(\.\d+)*(-[a-z0-9.]+)?$/.test(from) || from.includes("--") || from === version) {
      throw new LtdError("usage", `${JSON.stringify(from)} is not a version to upgrade from`, {
        hint: `give the version that a server has, for example 0.0.9; this is ${version}`,
      });
    }
    return `ltd_index--${from}--${version}.sql`;
  });
  await mkdir(folder, { recursive: true });
  await pipeline(Readable.from(extensionScript(version, options)), createWriteStream(join(folder, script)));
  for (const upgrade of upgrades) await copyFile(join(folder, script), join(folder, upgrade));
  const { size: bytes } = await stat(join(folder, script));
  const files = [script, ...upgrades].map((name) => ({ path: join(folder, name), bytes }));
  // last: as long as it is missing, a server does not offer the extension
  const control = join(folder, "ltd_index.control");
  const text = openingScript(version, "ltd_index.control");
  await writeFile(control, text);
  return { version, files: [...files, { path: control, bytes: Buffer.byteLength(text) }] };
}

async function* extensionScript(version: string, options: ExtensionOptions): AsyncGenerator<string> {
  yield openingScript(version, "opening-extension.psql");
  for await (const each of bodyStatements(options, false)) yield `${each};\n`;
  yield `${closingScript().dropForgotten};\n${markStatement(await modelIds(options))};\n`;
}
