/**
 * Undoes what terminals, syslog, JSON, Markdown and chat do to an error text, so that one pattern fits all its coats.
 */

/**
 * Two readings: lines joined by a blank (a line that was broken between words), and without (broken inside a word: "is
 * not su⏎pported"). A pattern may fit either.
 */
export const readings = (text: string): readonly [spaced: string, joined: string] => {
  // The end is nearest to the illness.
  const plain = undone(text.slice(-64 * 1024));
  return [folded(plain.replace(/\n+/g, ' ')), folded(plain.replace(/\n+[ \t]*/g, ''))];
};

const folded = (text: string): string => text.replace(/[ \t]+/g, ' ').trim();

const undone = (text: string): string =>
  text
    .replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[\uff0c\uff1a\uff1b]/g, '$& ')
    .normalize('NFKC') // full-width punctuation carries its blank inside
    .replace(/[\u2018\u2019\u201b]/g, "'")
    .replace(/[\u201c\u201d\u201f]/g, '"')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g, '')
    .replace(/#011/g, ' ')
    .replace(/#012/g, '\n') // syslog's tab and newline
    .replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    // Literals of nested JSON. Bounded, or a run of backslashes would cost its square.
    .replace(/\\{1,8}n/g, '\n')
    .replace(/\\{1,8}t/g, ' ')
    .replace(/\\{1,8}(["'/])/g, '$1')
    .replace(/^[ \t]*(?:>|\||[-*+])[ \t]+/gm, '')
    .replace(/\*\*|__|`+/g, '')
    .replace(/&quot;/g, '"')
    .replace(/&#39;|&apos;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
