import { LtdError } from "./errors.ts";
import { similarNames } from "./text/similar-names.ts";

/** What an argument may be. */
export interface Kind {
  /** The words for it, as in "must be a string". */
  readonly called: string;
  /** What is wrong with a value, as a sentence after its name; undefined: nothing. */
  wrong(value: unknown, name: string): string | LtdError | undefined;
}

function kind(called: string, accepts: (value: unknown) => boolean): Kind {
  return {
    called,
    wrong: (value) => (accepts(value) ? undefined : `is ${shown(value)}, but must be ${called}`),
  };
}

/** An object that has these methods or properties. */
function having(called: string, ...properties: readonly string[]): Kind {
  return kind(called, (value) => isObject(value) && properties.every((property) => property in value));
}

const text = kind("a string", (value) => typeof value === "string");

/** What arguments of the public functions may be. */
export const kinds = {
  text,
  name: kind("a name", (value) => typeof value === "string" && value !== ""),
  number: kind("a number", (value) => typeof value === "number" && !Number.isNaN(value)),
  whole: kind("a whole number", Number.isInteger),
  flag: kind("true or false", (value) => typeof value === "boolean"),
  call: kind("a function", (value) => typeof value === "function"),
  object: kind("an object", isObject),
  vector: kind(
    "a vector of numbers",
    (value) => value instanceof Float32Array || (isList(value) && value.every(isNumber)),
  ),
  key: kind("a key: a string, a number, a bigint, or an array of them", (value) =>
    (isList(value) ? value : [value]).every((part) => ["string", "number", "bigint"].includes(typeof part)),
  ),
  /** What is checked where it is used. */
  any: kind("anything", () => true),
  signal: having("an AbortSignal", "aborted", "addEventListener"),
  database: having("an open database, as openDatabase gives it", "kind", "query", "transaction"),
  pool: having("a Pool of node-postgres (new pg.Pool)", "connect", "query", "options", "totalCount"),
  embedder: having("an embedder, as createEmbedder gives it", "embedInputs", "encode"),
  model: having("a model package, as loadModel gives it", "description", "tables"),
  index: having("the record of an index, as getIndex gives it", "id", "name", "template"),
  generation: having("a generation and its embedder", "record", "embedder"),
  matrix: having("a matrix of rows, dims and data", "rows", "dims", "data"),
  random: having("a Random", "next", "below"),
  input: kind(
    "what encode gives",
    (value) => isObject(value) && "words" in value && "tokens" in value && isList(value.words),
  ),
  size: kind("a whole number from 0", (value) => Number.isInteger(value) && (value as number) >= 0),
  pairs: having("labelled pairs, as readLabelledFile gives them", "first", "second", "labels"),
  texts: having("labelled texts, as readLabelledFile gives them", "texts", "labels"),
  labelled: having("labelled data, as readLabelledFile gives it", "kind"),
  classifier: having("a classifier, as getClassifier gives it", "classes", "weights"),
  report: having("what report gives", "index", "points", "sync"),
} as const;

/** A list of which every item is of a kind. */
export function listOf(item: Kind): Kind {
  return {
    called: `an array, each item ${item.called}`,
    wrong(value) {
      if (!isList(value)) return `is ${shown(value)}, but must be ${this.called}`;
      const at = value.findIndex((each) => item.wrong(each, "") !== undefined);
      return at < 0 ? undefined : `has at ${at} ${shown(value[at])}, but must be ${this.called}`;
    },
  };
}

/** One of some words. */
export function oneOf(...words: readonly string[]): Kind {
  return kind(`one of ${words.join(", ")}`, (value) => words.includes(value as string));
}

/** Of one kind or another. */
export function either(...some: readonly Kind[]): Kind {
  const called = some.map((each) => each.called).join(", or ");
  return kind(called, (value) => some.some((each) => each.wrong(value, "") === undefined));
}

/** What may be left out. */
export function optional(some: Kind): Kind {
  return { called: some.called, wrong: (value, name) => (value === undefined ? undefined : some.wrong(value, name)) };
}

/** What may be null. */
export function orNull(some: Kind): Kind {
  return {
    called: `${some.called}, or null`,
    wrong: (value, name) => (value === null ? undefined : some.wrong(value, name)),
  };
}

/** The options of a type: each by its kind, so that the compiler sees one that is missing here. */
export type OptionKinds<Options extends object> = { readonly [Name in keyof Options]-?: Kind };

/**
 * An object with these options, each of which may be left out, but those in `required`. An option that is not listed is
 * an error.
 */
export function options<Options extends object>(
  shape: OptionKinds<Options>,
  required: readonly (keyof Options & string)[] = [],
): Kind {
  return {
    called: "an object of options",
    wrong(value, name) {
      if (!isObject(value) || isList(value))
        return new LtdError("usage", `the options of ${name} are ${shown(value)}, but must be an object`);
      const names = Object.keys(shape);
      for (const given of Object.keys(value)) if (!names.includes(given)) return unknownOption(name, given, names);
      for (const [option, of] of Object.entries<Kind>(shape)) {
        const one: unknown = (value as Record<string, unknown>)[option];
        const isNeeded = (required as readonly string[]).includes(option);
        const what = one === undefined && !isNeeded ? undefined : of.wrong(one, option);
        if (what instanceof LtdError) return what;
        if (what !== undefined) return new LtdError("usage", `${option} ${what}`);
      }
      return undefined;
    },
  };
}

/** The error for an option that there is not. */
function unknownOption(of: string, given: string, names: readonly string[]): LtdError {
  const [nearest] = similarNames(given, names, 1);
  const all = `the options are: ${names.join(", ")}`;
  return new LtdError("usage", `${of} has no option ${given}`, {
    hint: nearest === undefined ? all : `${nearest} may be meant; ${all}`,
  });
}

/**
 * Requires an argument of a kind.
 *
 * @throws {LtdError} usage: says the name, the value and what it must be
 */
export function requireArgument(name: string, value: unknown, of: Kind): void {
  const what = of.wrong(value, name);
  if (what instanceof LtdError) throw what;
  if (what !== undefined) throw new LtdError("usage", `${name} ${what}`);
}

/** The arguments of a function by name, in order. */
type Signature = Readonly<Record<string, Kind>>;

function requireArguments(name: string, parameters: Signature, given: readonly unknown[]): void {
  for (const [at, [parameter, of]] of Object.entries(parameters).entries())
    requireArgument(parameter === "options" ? name : `${parameter} of ${name}`, given[at], of);
}

/** Wraps a function so that it checks the kinds of its arguments first. Throws as {@link requireArgument} does. */
export function checked<F extends (...args: never[]) => unknown>(name: string, parameters: Signature, work: F): F {
  return ((...args: Arguments<F>) => {
    requireArguments(name, parameters, args);
    return work(...args);
  }) as F;
}

/** The same for a function that gives a promise: it rejects. */
export function checkedAsync<F extends (...args: never[]) => Promise<unknown>>(
  name: string,
  parameters: Signature,
  work: F,
): F {
  return (async (...args: Arguments<F>) => {
    requireArguments(name, parameters, args);
    return work(...args);
  }) as F;
}

type Arguments<F> = F extends (...args: infer Args) => unknown ? Args : never;

/** A value for an error, in a few words. */
function shown(value: unknown): string {
  if (typeof value === "string")
    return value.length > 60 ? `${JSON.stringify(value.slice(0, 57))}…` : JSON.stringify(value);
  if (isList(value)) return "an array";
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "bigint" ? `${value}n` : String(value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}
