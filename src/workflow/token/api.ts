/**
 * What `kw token` asks of the API. A token's secret half is in one request's body and in the answer to the person:
 * nowhere else.
 */
import { randomInt } from 'node:crypto';
import {
  tokenOf,
  tokenSecret,
  tokensPath,
  tokenType,
  type NewToken,
  type Token,
} from '../../blueprint/access/bootstrap-token.js';
import type { Api } from '../../engine/context.js';
import { WorldFailed } from '../../model/event.js';
import { mistaken } from '../mistaken.js';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const letters = (count: number): string =>
  Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join('');

export async function newToken(
  api: Api,
  wanted: Pick<NewToken, 'expires' | 'description' | 'group'>,
): Promise<NewToken> {
  const token = { ...wanted, id: letters(6), secret: letters(16) };
  const answer = await api.request('POST', tokensPath, tokenSecret(token));
  if (answer.status !== 201) throw refused('make the token', answer);
  return token;
}

export async function listTokens(api: Api): Promise<readonly Token[]> {
  const answer = await api.request('GET', `${tokensPath}?fieldSelector=${encodeURIComponent(`type=${tokenType}`)}`);
  if (answer.status !== 200) throw refused('list the tokens', answer);
  const { items = [] } = answer.body as { readonly items?: readonly Parameters<typeof tokenOf>[0][] };
  return items.flatMap(item => tokenOf({ type: tokenType, ...item }) ?? []);
}

export async function deleteToken(api: Api, id: string): Promise<void> {
  const answer = await api.request('DELETE', `${tokensPath}/bootstrap-token-${id}`);
  if (answer.status === 404)
    throw mistaken('no-token', `there is no token ${id}`, 'kw token list shows those that there are');
  if (answer.status !== 200) throw refused('delete the token', answer);
}

/** `abcdef`, or a whole token, of which only the public half is used. */
export const idIn = (text: string): string => {
  const [, id] = /^([a-z0-9]{6})(?:\.[a-z0-9]{16})?$/.exec(text.trim()) ?? [];
  if (id === undefined)
    throw mistaken(
      'bad-token',
      'that is not a valid token',
      'the first half is enough: six letters and digits, as kw token list shows it',
    );
  return id;
};

const refused = (what: string, { status, body }: { readonly status: number; readonly body: unknown }): WorldFailed => {
  const { message = '' } = typeof body === 'object' && body !== null ? (body as { readonly message?: string }) : {};
  return new WorldFailed({
    class: 'refused',
    host: 'cluster',
    message: `the API server would not ${what}: ${status} ${message}`.trim(),
  });
};
