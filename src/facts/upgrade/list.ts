/** One page of a list of the API, read item by item. */
import { z } from 'zod';
import { type Fact, NotSeen, Unreadable } from '../../model/fact.js';
import { isNestedDeeper } from '../../model/nesting.js';

export interface ListFact<T> extends Fact<readonly T[]> {
  readonly question: { readonly ask: 'api'; readonly path: string };
}

/**
 * `read` gives what is kept of an item; undefined: nothing. A list that the server does not have is surely empty; any
 * other refusal was not seen. An item of another form makes the page unreadable.
 */
export const list = <T>(id: string, path: string, read: (item: unknown) => T | undefined): ListFact<T> => ({
  id,
  question: { ask: 'api', path },
  parse: output => {
    const { status, body } = answered(id, output);
    if (status === 404) return [];
    if (status !== 200) throw new NotSeen(`GET ${path}: ${status}`);
    const page = z.object({ items: z.array(z.unknown()).nullish() }).safeParse(body);
    if (!page.success || isNestedDeeper(body)) throw new Unreadable(id, output, `GET ${path}: it is not a list`);
    return (page.data.items ?? []).flatMap(item => {
      const kept = readItem(id, output, () => read(item));
      return kept === undefined ? [] : [kept];
    });
  },
});

const readItem = <T>(id: string, output: string, read: () => T): T => {
  try {
    return read();
  } catch {
    throw new Unreadable(id, output, 'an item of the list has a form that nobody here can read');
  }
};

const envelope = z.object({ status: z.number(), body: z.unknown() });

export const answered = (id: string, output: string): z.infer<typeof envelope> => {
  try {
    return envelope.parse(JSON.parse(output));
  } catch {
    throw new Unreadable(id, output, 'it is not an answer of the API');
  }
};

/** What every object has. */
export const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
});

/** An object that people can find: `Ingress shop/front`. */
export interface Named {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export const named = (kind: string, { name, namespace }: z.infer<typeof metadata>): Named => ({
  kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
});

export const inWords = ({ kind, name, namespace }: Named): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
