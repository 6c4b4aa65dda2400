/** All objects of a kind, in pages that neither side has to hold at once. */
import { isNestedDeeper } from '../model/nesting.js';
import type { KubeClient } from './client.js';
import { accepted, ApiRefused, nonsense } from './failures.js';

// A million objects in pages of the usual size; above it are many clusters.
const mostPages = 2000;
// A page may be empty where a filter lets nothing through.
const mostEmpty = 100;

const pageOf = (body: unknown, path: string): { readonly items: readonly unknown[]; readonly next: string } => {
  const page = body as { readonly items?: unknown; readonly metadata?: { readonly continue?: unknown } | null } | null;
  const items = typeof page === 'object' && page !== null ? (page.items ?? []) : undefined;
  const next = page?.metadata?.continue ?? '';
  if (!Array.isArray(items) || typeof next !== 'string' || isNestedDeeper(items))
    throw nonsense(`GET ${path}: the answer is not a list`);
  return { items, next };
};

/** `path` as `/api/v1/pods` or with a query. Yields the items of one page after the other; throws WorldFailed. */
export async function* pages(
  client: Pick<KubeClient, 'request'>,
  path: string,
  limit = 500,
): AsyncGenerator<readonly unknown[]> {
  let next = '';
  let empty = 0;
  for (let page = 0; page === 0 || next; page++) {
    const mark = next ? `&continue=${encodeURIComponent(next)}` : '';
    const where = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${mark}`;
    const { items, next: after } = pageOf(accepted(`GET ${path}`, await client.request('GET', where)), path);
    empty = items.length > 0 ? 0 : empty + 1;
    if (page > mostPages || empty > mostEmpty) throw nonsense(`GET ${path}: the list has no end`);
    yield items;
    next = after;
  }
}

/**
 * Everything in one array. A list that grew too old between two pages (410) is asked for again, once, from its start.
 */
export const list = async (
  client: Pick<KubeClient, 'request'>,
  path: string,
  limit?: number,
): Promise<readonly unknown[]> => {
  try {
    return await whole(client, path, limit);
  } catch (error) {
    if (!(error instanceof ApiRefused && error.status === 410)) throw error;
    return whole(client, path, limit);
  }
};

const whole = async (
  client: Pick<KubeClient, 'request'>,
  path: string,
  limit?: number,
): Promise<readonly unknown[]> => {
  const all: unknown[] = [];
  for await (const page of pages(client, path, limit)) for (const item of page) all.push(item);
  return all;
};
