/** All objects of a kind, in pages that neither side has to hold at once. */
import type { KubeClient } from './client.js';
import { accepted } from './failures.js';

interface Page {
  readonly items?: readonly unknown[] | null;
  readonly metadata?: { readonly continue?: string };
}

/** `path` as `/api/v1/pods` or with a query. Yields the items of one page after the other; throws WorldFailed. */
export async function* pages(
  client: Pick<KubeClient, 'request'>,
  path: string,
  limit = 500,
): AsyncGenerator<readonly unknown[]> {
  let next = '';
  do {
    const mark = next ? `&continue=${encodeURIComponent(next)}` : '';
    const where = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${mark}`;
    const page = accepted(`GET ${path}`, await client.request('GET', where)) as Page;
    yield page.items ?? [];
    next = page.metadata?.continue ?? '';
  } while (next);
}

/**
 * Everything in one array. A list that grew too old between two pages (410) is asked for again, once, from its start.
 */
export const list = async (client: KubeClient, path: string, limit?: number): Promise<readonly unknown[]> => {
  try {
    return await whole(client, path, limit);
  } catch (error) {
    if (!/: 410 /.test((error as Error).message)) throw error;
    return whole(client, path, limit);
  }
};

const whole = async (client: KubeClient, path: string, limit?: number): Promise<readonly unknown[]> => {
  const all: unknown[] = [];
  for await (const page of pages(client, path, limit)) for (const item of page) all.push(item);
  return all;
};
