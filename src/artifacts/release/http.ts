/** Files over HTTP: stalls are noticed, cut-off transfers resumed, and each kind of failure said for what it is. */
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WorldFailed } from '../../model/event.js';
import { failed, messageOf } from '../failure.js';
import { type RetryPolicy, retrying, Transient } from './retry.js';
import type { Site, SiteOptions } from './site.js';

const tryAgain =
  'Check the network and the proxy of this machine, then run the command again: what has arrived is kept. ' +
  'Without internet, use artifacts.mirror.';
/** A text longer than this is not a sum and no manifest. */
const textLimit = 1 << 20;

export const httpSite = (base: string, { retry, signal }: SiteOptions): Site => ({
  name: base,
  where: path => `${base}/${path}`,
  text: path => retrying(retry, () => exchange(`${base}/${path}`, {}, retry, signal, readText), signal),
  save: (path, part, progress) =>
    retrying(retry, () => resume(`${base}/${path}`, part, retry, signal, progress), signal),
});

async function resume(
  url: string,
  part: string,
  retry: RetryPolicy,
  signal: AbortSignal | undefined,
  progress: (done: number, of: number) => void,
) {
  const have = (await stat(part).catch(() => undefined))?.size ?? 0;
  return exchange(url, have > 0 ? { range: `bytes=${have}-` } : {}, retry, signal, async (response, alive, over) => {
    if (response.status === 416) {
      // Longer than the site's file, or exactly as long: only a fresh copy can tell.
      await rm(part, { force: true });
      throw new Transient(failed('unreachable', `${url}: what is here of it does not fit`, tryAgain));
    }
    const goesOn =
      response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${have}-`) === true;
    const start = goesOn ? have : 0;
    const of = start + Number(response.headers.get('content-length') ?? 0);
    await writeBody(response, over, part, start, done => {
      alive();
      progress(done, of);
    });
    return goesOn ? ('resumed' as const) : ('whole' as const);
  });
}

/** A disk that is full or a file that is gone ends it at once; what has arrived stays for the next attempt. */
async function writeBody(
  response: Response,
  over: AbortSignal,
  part: string,
  start: number,
  arrived: (done: number) => void,
): Promise<void> {
  let done = start;
  const counted = async function* (chunks: Chunks) {
    for await (const chunk of chunks) {
      done += chunk.length;
      arrived(done);
      yield chunk;
    }
  };
  await pipeline(chunksOf(response), counted, createWriteStream(part, start > 0 ? { flags: 'r+', start } : {}), {
    signal: over,
  });
}

async function readText(response: Response, alive: () => void, over: AbortSignal): Promise<string> {
  let text = '';
  const gathered = async (chunks: Chunks) => {
    for await (const chunk of chunks) {
      alive();
      text += Buffer.from(chunk).toString('utf8');
      if (text.length > textLimit)
        throw failed(
          'refused',
          `${response.url}: more than ${textLimit} bytes where a short text is expected`,
          'Check that the address names a release site or a mirror of one.',
        );
    }
  };
  await pipeline(chunksOf(response), gathered, { signal: over });
  return text;
}

type Chunks = AsyncIterable<Uint8Array>;

/** Read by a pipeline that hears the signal itself: the body of an aborted fetch sometimes never ends (Node.js 20). */
const chunksOf = (response: Response): Readable => Readable.from((response.body ?? []) as Chunks);

/** One request, given up after a time without a byte; undefined: 404. */
async function exchange<T>(
  url: string,
  headers: Record<string, string>,
  { stall }: RetryPolicy,
  signal: AbortSignal | undefined,
  take: (response: Response, alive: () => void, over: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stall);
  const over = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
  try {
    const response = await followed(url, { headers: { 'accept-encoding': 'identity', ...headers }, signal: over });
    if (response.status === 404 || response.status === 410) return undefined;
    refuse(url, response);
    return await take(response, () => timer.refresh(), over);
  } catch (error) {
    signal?.throwIfAborted();
    if (stalled.signal.aborted)
      throw new Transient(failed('timeout', `${url}: nothing has come for ${stall / 1000} s`, tryAgain));
    throw isFromNetwork(error) ? new Transient(failed('unreachable', `${url}: ${messageOf(error)}`, tryAgain)) : error;
  } finally {
    clearTimeout(timer);
    stalled.abort();
  }
}

/** Release sites send to their stores. Nothing that began with https goes on without it, at no step of the way. */
async function followed(url: string, init: RequestInit): Promise<Response> {
  let at = url;
  for (let steps = 0; steps <= mostRedirects; steps++) {
    const response = await fetch(at, { ...init, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    if (next.protocol !== 'https:' && (next.protocol !== 'http:' || url.startsWith('https:')))
      throw failed(
        'unproven',
        `${url} sends to ${next.origin}, which is not https`,
        'Do not use this address: whoever is on the way could change what comes. Name one that stays with https.',
      );
    at = next.href;
  }
  throw failed('refused', `${url} sends on more than ${mostRedirects} times`, 'Check that address with curl -IL.');
}

const mostRedirects = 10;

function refuse(url: string, { status, statusText }: Response): void {
  if (status === 200 || status === 206 || status === 416) return;
  const message = `${url}: the server answers ${status} ${statusText}`;
  if (status === 429 || status >= 500)
    throw new Transient(
      failed('unreachable', message, 'The site is overloaded or ill: try again later, or use a mirror.'),
    );
  throw refusal(status, message);
}

const refusal = (status: number, message: string): WorldFailed =>
  [401, 403, 407].includes(status)
    ? failed('auth', message, 'Check the credentials and rights at that server or proxy, or use a mirror.')
    : failed('refused', message, 'Check that the address names a release site or a mirror of one.');

/** undici wraps every failure of a connection into a TypeError with a cause. */
const isFromNetwork = (error: unknown): boolean => error instanceof TypeError;
