/** Of a text of many lines its first, and that there are more. */
export const firstLine = (text: string): string => {
  const [line = '', ...more] = text.trim().split('\n');
  return more.length > 0 ? `${line.slice(0, 300)} …` : line.slice(0, 300);
};
