import { existsSync, readFileSync } from "node:fs";
import * as v from "valibot";
import { ENGINES, type EngineChoice } from "./embed/engine.ts";
import { LtdError } from "./errors.ts";
import { mustBeWhole } from "./range.ts";

/** Where settings can stand besides flags and environment variables. */
const CONFIG_FILE = "ltd-index.json";

/** A whole number, or its decimal digits. */
function wholeNumber(low: number, high: number) {
  const message = mustBeWhole(low, high);
  return v.pipe(
    v.union([v.number(), v.string()], message),
    v.transform(Number),
    v.integer(message),
    v.minValue(low, message),
    v.maxValue(high, message),
  );
}

const configSchema = v.strictObject({
  /** Connection string of a server. Without one, the embedded database is used. */
  databaseUrl: v.optional(
    v.pipe(v.string(), v.regex(/^postgres(ql)?:\/\//, "must start with postgres:// or postgresql://")),
  ),
  /** Folder of the embedded database. */
  databaseFolder: v.optional(v.pipe(v.string(), v.nonEmpty("must not be empty")), ".ltd/db"),
  /** Id of a bundled model, or a folder. */
  model: v.optional(v.pipe(v.string(), v.nonEmpty("must not be empty"))),
  /** Worker threads that embed. */
  threads: v.optional(wholeNumber(1, 256)),
  /** Failed attempts after which a row is given up. */
  maxAttempts: v.optional(wholeNumber(1, 100)),
  /** What computes vectors. */
  engine: v.optional(v.picklist(ENGINES, `must be one of ${ENGINES.join(", ")}`), "auto"),
});

/** Settings of a run, parsed once and frozen. */
export type Config = Readonly<v.InferOutput<typeof configSchema>>;

const ENVIRONMENT = {
  databaseUrl: "DATABASE_URL",
  databaseFolder: "LTD_DATABASE_FOLDER",
  model: "LTD_MODEL",
  threads: "LTD_THREADS",
  maxAttempts: "LTD_MAX_ATTEMPTS",
  engine: "LTD_ENGINE",
} as const satisfies Record<keyof Config, string>;

type Names = keyof Config;

/** The database is one choice: the first source that names a server or a folder decides it. */
const DATABASE: readonly Names[] = ["databaseUrl", "databaseFolder"];

/**
 * Reads the settings: flags, then environment variables, then `ltd-index.json`, then defaults. The file is that of the
 * working folder.
 * @throws LtdError "usage" that lists everything that is wrong, unknown names in the file included
 */
export function readConfig(
  flags: Partial<Record<Names, unknown>> = {},
  environment: NodeJS.ProcessEnv = process.env,
  file: string = CONFIG_FILE,
): Config {
  const variables = Object.entries(ENVIRONMENT).map(([name, variable]) => [name, environment[variable] || undefined]);
  const sources = [
    { values: readConfigFile(file), called: () => file },
    { values: Object.fromEntries(variables), called: (name: string) => ENVIRONMENT[name as Names] },
    { values: flags, called: (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}` },
  ];
  const settings: Record<string, unknown> = {};
  const from: Record<string, string> = {};
  for (const { values, called } of sources) {
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    if (given.some(([name]) => DATABASE.includes(name as Names))) for (const name of DATABASE) delete settings[name];
    for (const [name, value] of given) {
      settings[name] = value;
      from[name] = called(name);
    }
  }
  const parsed = v.safeParse(configSchema, settings);
  if (parsed.success) return Object.freeze(parsed.output);
  const problems = parsed.issues.map((issue) => {
    const name = v.getDotPath(issue) ?? "";
    // A connection string may hold a password.
    const named = from[name] ?? file;
    if (name === "" || name === "databaseUrl") return `${named}: ${issue.message}`;
    return `${named} is ${JSON.stringify(settings[name])}, but ${issue.message}`;
  });
  throw new LtdError("usage", problems.join("; "), {
    hint: "flags win over the environment, the environment over ltd-index.json",
  });
}

/**
 * The engine that LTD_ENGINE or `ltd-index.json` names, for code that makes an embedder. Settings of a database in the
 * environment are ignored.
 * @throws {LtdError} usage: as {@link readConfig}
 */
export function readEngine({ LTD_ENGINE }: NodeJS.ProcessEnv = process.env): EngineChoice {
  return readConfig({}, { LTD_ENGINE }).engine;
}

function readConfigFile(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {};
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
    throw new TypeError("it is not an object");
  } catch (cause) {
    throw new LtdError("usage", `${file} cannot be read: ${(cause as Error).message}`, {
      hint: `it is one JSON object with any of: ${Object.keys(ENVIRONMENT).join(", ")}`,
      cause,
    });
  }
}
