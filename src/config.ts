import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { LtdError } from "./errors.ts";
import { mustBeWhole } from "./range.ts";

/** Where settings can stand besides flags and environment variables. */
const CONFIG_FILE = "ltd-index.json";

const wholeThreads = mustBeWhole(1, 256);
const wholeAttempts = mustBeWhole(1, 100);

const configSchema = z.strictObject({
  /** Connection string of a server. Without one, the embedded database is used. */
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must start with postgres:// or postgresql://")
    .optional(),
  /** Folder of the embedded database. */
  databaseFolder: z.string().min(1).default(".ltd/db"),
  /** Id of a bundled model, or a folder. */
  model: z.string().min(1).optional(),
  /** Worker threads that embed. */
  threads: z.coerce.number(wholeThreads).int(wholeThreads).min(1, wholeThreads).max(256, wholeThreads).optional(),
  /** Failed attempts after which a row is given up. */
  maxAttempts: z.coerce
    .number(wholeAttempts)
    .int(wholeAttempts)
    .min(1, wholeAttempts)
    .max(100, wholeAttempts)
    .optional(),
});

/** Settings of a run, parsed once and frozen. */
export type Config = Readonly<z.infer<typeof configSchema>>;

const ENVIRONMENT = {
  databaseUrl: "DATABASE_URL",
  databaseFolder: "LTD_DATABASE_FOLDER",
  model: "LTD_MODEL",
  threads: "LTD_THREADS",
  maxAttempts: "LTD_MAX_ATTEMPTS",
} as const satisfies Record<keyof Config, string>;

type Names = keyof Config;

/** The database is one choice: the first source that names a server or a folder decides it. */
const DATABASE: readonly Names[] = ["databaseUrl", "databaseFolder"];

/**
 * Settings from flags, then environment variables, then `ltd-index.json` in the working folder, then defaults.
 *
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
  const parsed = configSchema.safeParse(settings);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? "");
    // A connection string may hold a password.
    const value = name === "" || name === "databaseUrl" ? "" : ` is ${JSON.stringify(settings[name])}`;
    return `${from[name] ?? file}${value}: ${issue.message}`;
  });
  throw new LtdError("usage", problems.join("; "), {
    hint: "flags win over the environment, the environment over ltd-index.json",
  });
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
