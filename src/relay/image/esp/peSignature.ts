/** Offsets of Microsoft's “PE Format”. */
const HEADER_POINTER = 0x3c;
const COFF_BYTES = 20;
const PE32_PLUS = 0x20b;
/** Of the optional header of a PE32+: the number of data directories, and the one with the certificates. */
const DIRECTORIES = 108;
const CERTIFICATES = 112 + 4 * 8;
const CERTIFICATES_INDEX = 4;

/** Whether an EFI program carries a signature. Whose it is, and whether it is right, is for firmware and shim to say. */
export function isSigned(program: Buffer): boolean {
  const readAt = (offset: number): number =>
    offset + 4 <= program.length ? program.readUInt32LE(offset) : 0;
  const header = readAt(HEADER_POINTER);
  if (
    program.toString('latin1', 0, 2) !== 'MZ' ||
    program.toString('latin1', header, header + 4) !== 'PE\0\0'
  )
    return false;
  const optional = header + 4 + COFF_BYTES;
  if ((readAt(optional) & 0xffff) !== PE32_PLUS || readAt(optional + DIRECTORIES) <= CERTIFICATES_INDEX)
    return false;
  const [start, size] = [readAt(optional + CERTIFICATES), readAt(optional + CERTIFICATES + 4)];
  return start > 0 && size > 0 && start + size <= program.length;
}
