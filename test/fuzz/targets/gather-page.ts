/** A list of the API as the engine gathers it, from a server that gives the same page whatever it is asked for. */
import type { ApiObject } from '../../../src/clinic/chart/chart.js';
import { gatherList } from '../../../src/engine/gather/api.js';
import { lists } from '../../../src/engine/gather/api-lists.js';
import type { Evidence } from '../../../src/model/fact.js';

export const gatherPage = async (name: string, body: unknown): Promise<Evidence<readonly ApiObject[]>> => {
  const list = lists.find(one => one.name === name) ?? lists[0];
  if (!list) throw new Error('there are no lists');
  const client = { request: async () => ({ status: 200, body }) };
  const { evidence } = await gatherList(list, client, '2026-01-01T00:00:00.000Z');
  return evidence;
};
