// From the characters in the editor to the bytes of the file: its encoding and line endings stay what they were.

/** A character that the file's encoding does not have. */
export class CannotEncode extends Error {
  constructor(character) {
    super(`This file is kept in latin-1, which has no “${character}”. Take it out, or save the file as UTF-8.`);
    this.character = character;
  }
}

function latin1(text) {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0xff) throw new CannotEncode(String.fromCodePoint(text.codePointAt(index)));
    bytes[index] = code;
  }
  return bytes;
}

/** Return the bytes of `text`, whose lines end in LF unless `lineEnding` is 'mixed'. */
export function bytesOf(text, encoding, lineEnding) {
  const lines = lineEnding === 'crlf' ? text.replaceAll('\n', '\r\n') : text;
  if (encoding === 'latin-1') return latin1(lines);
  return new TextEncoder().encode(encoding === 'utf-8-sig' ? `\ufeff${lines}` : lines);
}
