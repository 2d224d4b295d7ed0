import { DEFAULT_MODEL, loadModel, type ModelPackage } from "../../src/index.ts";

/** A model package with the name that it has in a table. */
export interface NamedModel {
  name: string;
  model: ModelPackage;
}

/**
 * Loads the packages of a repeatable flag `--model [NAME=]DIR`. Without a name, the model's id is taken.
 *
 * Throws when two have the same name.
 */
export async function namedModels(given: readonly string[] = [DEFAULT_MODEL]): Promise<NamedModel[]> {
  const models: NamedModel[] = [];
  for (const each of given) {
    const [, name, folder = ""] = /^(?:([\w.-]+)=)?(.*)$/.exec(each)!;
    const model = await loadModel(folder);
    models.push({ name: name ?? model.description.id, model });
  }
  const names = models.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at || name === "teacher");
  if (twice !== undefined) throw new Error(`two systems are called ${twice}: give one a name, --model NAME=DIR`);
  return models;
}
