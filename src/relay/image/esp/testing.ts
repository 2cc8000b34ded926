/** For tests: an EFI program as far as its headers go, with or without a signature. */
export function program(content: string, signed: boolean): Buffer {
  const [header, body] = [0x80, Buffer.from(content)];
  const file = Buffer.alloc(1024 + body.length + 8);
  file.write('MZ', 0);
  file.writeUInt32LE(header, 0x3c);
  file.write('PE\0\0', header, 'latin1');
  const optional = header + 24;
  file.writeUInt16LE(0x20b, optional);
  file.writeUInt32LE(16, optional + 108);
  body.copy(file, 1024);
  if (signed) {
    file.writeUInt32LE(1024 + body.length, optional + 144);
    file.writeUInt32LE(8, optional + 148);
  }
  return file;
}
