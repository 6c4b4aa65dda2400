/** Which keys the schema knows at a path; read off the published JSON schema, so that there is one truth. */
import { z } from 'zod';
import type { Path } from './document.js';
import { clusterFile } from './schema.js';

export interface JsonSchema {
  readonly $schema?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly additionalProperties?: boolean | JsonSchema;
}

/** JSON schema (draft 2020-12) of the cluster file, with a description of every key. */
export const clusterSchema = (): JsonSchema => {
  const { $schema, ...rest } = z.toJSONSchema(clusterFile, { io: 'input' }) as JsonSchema;
  return { ...($schema ? { $schema } : {}), title: 'Kubewizard cluster file', ...rest } as JsonSchema;
};

let schema: JsonSchema | undefined;

export const keysAt = (path: Path): readonly string[] => {
  schema ??= clusterSchema();
  let here: JsonSchema | undefined = schema;
  for (const step of path) {
    here = typeof step === 'number' ? here?.items : here?.properties?.[step];
    here = here?.anyOf?.find(({ properties }) => properties) ?? here;
  }
  return Object.keys(here?.properties ?? {});
};
